/* zones.c - see zones.h. When somebody may be called is written in the law and in the zone files:
 * where these differ, so does the law. */
#include "io/rulebook/zones.h"

#include "core/text/sha256.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ZONE_FILE_MAX 65536
#define ZONES_MAX (TERRITORY_MAX * TERRITORY_ZONES_MAX)
#define VERSION_MAX 31

/* Returns the bytes, or NULL with errno. Not by a FILE: where there is no memory for that, it reads as no file. */
static char *read_file(const char *zone_dir, const char *name, char path[512], size_t *ret_len)
{
	size_t len = 0;
	ssize_t n = 0;

	if (snprintf(path, 512, "%s/%s", zone_dir, name) >= 512) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	char *data = mem_zero(ZONE_FILE_MAX);
	while (len < ZONE_FILE_MAX && (n = read(fd, data + len, ZONE_FILE_MAX - len)) > 0)
		len += (size_t)n;
	int number = errno;
	close(fd);
	*ret_len = len;
	if (n >= 0)
		return data;
	free(data);
	errno = number;
	return NULL;
}

struct zone *zones_load(const char *zone_dir, const char *name, char *why, size_t why_size)
{
	char path[512], wrong[160];
	size_t len;
	char *data = read_file(zone_dir, name, path, &len);

	if (data == NULL) {
		snprintf(why, why_size,
		         error_pick("unknown zone \"%s\": %s: %s", "fuseau inconnu « %s » : %s : %s"), name,
		         path, error_system(errno));
		return NULL;
	}
	struct zone *zone = zone_new(name, data, len, wrong, sizeof(wrong));
	if (zone == NULL)
		snprintf(why, why_size, "%s: %s", path, error_said(wrong));
	free(data);
	return zone;
}

/* "# version 2025b", as the source of the data begins; "" where there is none. Returns false, with errno, where it is
 * there and cannot be read. */
static bool read_version(const char *zone_dir, char path[512], char ret[VERSION_MAX + 1])
{
	size_t len = 0, used = 0;
	char *data = read_file(zone_dir, "tzdata.zi", path, &len);
	static const char mark[] = "# version ";

	ret[0] = '\0';
	if (data == NULL)
		return errno == ENOENT;

	if (len > sizeof(mark) && memcmp(data, mark, sizeof(mark) - 1) == 0)
		for (const char *p = data + sizeof(mark) - 1;
		     used < VERSION_MAX &&
		     ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || *p == '-');)
			ret[used++] = *p++;
	ret[used] = '\0';
	free(data);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(zone_name(*(struct zone *const *)a), zone_name(*(struct zone *const *)b));
}

/* Each zone once, by name. Returns how many. */
static size_t list_zones(const struct rulebook *rb, const struct zone *ret[ZONES_MAX])
{
	size_t count = 0, kept = 0;

	for (size_t t = 0; t < rb->territory_count; t++)
		for (size_t z = 0; z < rb->territories[t].zone_count; z++)
			ret[count++] = rb->territories[t].zones[z];
	if (count > 0)
		qsort(ret, count, sizeof(ret[0]), by_name);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(zone_name(ret[i]), zone_name(ret[i - 1])) != 0)
			ret[kept++] = ret[i];
	return kept;
}

bool zones_hash(struct rulebook *rb, const char *zone_dir, char *why, size_t why_size)
{
	const struct zone *zones[ZONES_MAX];
	crypto_hash_sha256_state state;
	char version[VERSION_MAX + 1], path[512];
	size_t count = list_zones(rb, zones);

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)rb->file_hash, strlen(rb->file_hash));
	for (size_t i = 0; i < count; i++) {
		char line[256];
		int len = snprintf(line, sizeof(line), "\n%s %s", zone_name(zones[i]), zone_hash(zones[i]));
		crypto_hash_sha256_update(&state, (const unsigned char *)line, (size_t)len);
	}
	rb->hash = mem_zero(SHA256_HEX_SIZE);
	sha256_finish(&state, rb->hash);
	bool good = read_version(zone_dir, path, version);
	if (!good)
		snprintf(why, why_size, error_pick("%s: %s", "%s : %s"), path, error_system(errno));
	rb->tzdata = mem_copy(version);
	return good;
}

bool zones_changed(const struct rulebook *rb, const char *zone_dir)
{
	const struct zone *zones[ZONES_MAX];
	char version[VERSION_MAX + 1], path[512], hash[SHA256_HEX_SIZE];
	size_t count = list_zones(rb, zones), len;
	bool changed = false;

	for (size_t i = 0; i < count && !changed; i++) {
		char *data = read_file(zone_dir, zone_name(zones[i]), path, &len);
		changed = data == NULL || strcmp(sha256_hex(data, len, hash), zone_hash(zones[i])) != 0;
		free(data);
	}
	return changed || !read_version(zone_dir, path, version) || strcmp(version, rb->tzdata) != 0;
}
