/* fields.c - see fields.h. */
#include "io/rulebook/fields.h"

#include "core/text/nearest.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <string.h>

bool rulebook_get_territories(struct cfg_node group, const char *key, enum cfg_need need,
                              const struct rulebook *rb, uint32_t *ret)
{
	struct cfg_node list = cfg_list(group, key, need);
	const char *names[TERRITORY_MAX];
	uint32_t set = 0;

	if (cfg_is_absent(list) || cfg_failed(group.cfg))
		return false;
	for (size_t i = 0; i < rb->territory_count; i++)
		names[i] = rb->territories[i].name;
	for (size_t i = 0; i < cfg_count(list); i++) {
		const char *name = cfg_text_at(list, i);
		uint32_t bit = 0;
		if (name == NULL)
			return false;
		for (size_t j = 0; j < rb->territory_count; j++) {
			if (strcmp(names[j], name) == 0)
				bit = TERRITORY_BIT(j);
		}
		if (bit == 0) {
			char hint[ERROR_NEAR_SIZE];
			const char *near = nearest_name(name, strlen(name), names, rb->territory_count);
			return cfg_fail(cfg_at(list, i),
			                error_pick("unknown territory \"%.64s\"%s",
			                           "territoire inconnu « %.64s »%s"),
			                name, error_near(near, hint));
		}
		if ((set & bit) != 0)
			return cfg_fail(cfg_at(list, i),
			                error_pick("territory \"%s\" is there twice",
			                           "le territoire « %s » y est deux fois"),
			                name);
		set |= bit;
	}
	if (set == 0)
		return cfg_fail(list, error_pick("%s is empty", "%s est vide"), key);
	*ret = set;
	return true;
}

void rulebook_get_text(struct cfg_node group, const char *key, enum cfg_need need, char **ret)
{
	if (!cfg_string(group, key, need, ret) && *ret == NULL)
		*ret = mem_copy("");
}

bool rulebook_is_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return len > 0 && len <= 64 && text[len] == '\0' && strchr("._-", text[0]) == NULL;
}
