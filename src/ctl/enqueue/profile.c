/* profile.c - see profile.h. */
#include "ctl/enqueue/profile.h"

#include "ctl/base/print.h"
#include "ctl/base/private_file.h"
#include "io/config/cfg.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- where ------------------------------------------------------------------------------- */

/* Where profiles of a user are; heap, NULL: nowhere. */
static char *own_folder(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config != NULL && *config == '/')
		return mem_format("%s/licet/profiles", config);
	return home != NULL && *home == '/' ? mem_format("%s/.config/licet/profiles", home) : NULL;
}

/* Beside licet.conf; heap. */
static char *shared_folder(struct ctl *ctl)
{
	const char *file = ctl_conf(ctl)->file, *slash = file != NULL ? strrchr(file, '/') : NULL;

	if (slash == NULL)
		return mem_copy("profiles");
	return mem_format("%.*s/profiles", (int)(slash - file), file);
}

static char *path_in(char *folder, const char *name)
{
	char *path = folder != NULL ? mem_format("%s/%s.conf", folder, name) : NULL;

	free(folder);
	return path;
}

static void check_name(const struct ctl *ctl, const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > 64 || *name == '.' ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != '\0')
		ctl_misuse(
		    ctl,
		    error_pick(
			"--profile must be letters, digits, dots, hyphens and underscores, or a path with a /",
			"--profile n'admet que lettres, chiffres, points, tirets et soulignés, ou un chemin avec un /"));
}

/* The file to read; heap, NULL: there is none. */
static char *find(struct ctl *ctl, const char *name)
{
	if (strchr(name, '/') != NULL)
		return access(name, F_OK) == 0 ? mem_copy(name) : NULL;
	check_name(ctl, name);
	char *path = path_in(own_folder(), name);

	if (path != NULL && access(path, F_OK) == 0)
		return path;
	free(path);
	path = path_in(shared_folder(ctl), name);
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* --- reading ------------------------------------------------------------------------------ */

static void read_list(struct cfg_node root, const char *key, struct names *to)
{
	char **list = NULL;
	size_t count = 0;

	if (cfg_strings(root, key, CFG_OPTIONAL, &list, &count))
		for (size_t i = 0; i < count; i++)
			names_add(to, list[i], strlen(list[i]));
	cfg_strings_free(list, count);
}

/* What the command line did not say. */
static void read_text(struct cfg_node root, const char *key, char **to)
{
	char *text = NULL;

	if (cfg_string(root, key, CFG_OPTIONAL, &text) && *to == NULL && *text != '\0')
		*to = mem_copy(text);
	free(text);
}

static void read_flag(struct cfg_node root, const char *key, bool *to)
{
	bool flag = false;

	cfg_bool(root, key, CFG_OPTIONAL, &flag);
	*to = *to || flag;
}

void profile_load(struct ctl *ctl, const char *name, bool needed, struct file_rules *rules)
{
	char err[400], *path = find(ctl, name);

	if (path == NULL && needed)
		ctl_misuse(ctl,
		           error_pick("there is no profile %.64s; --save-profile makes it",
		                      "aucun profil %.64s ; --save-profile le crée"),
		           name);
	if (path == NULL)
		return;
	struct cfg *cfg = cfg_open(path, err, sizeof(err));

	if (cfg == NULL)
		ctl_fail("%s", err);
	struct cfg_node root = cfg_root(cfg);
	struct names to_first = { 0 };

	read_list(root, "map", &rules->map);
	read_list(root, "set", &rules->set);
	read_list(root, "word", &rules->words);
	read_list(root, "ignore", &rules->ignore);
	read_list(root, "vars", &rules->vars);
	/* An order is one thing: two are none. */
	read_list(root, "to_first", rules->to_first.count == 0 ? &rules->to_first : &to_first);
	read_text(root, "zone", &rules->zone);
	read_text(root, "dates", &rules->dates);
	read_text(root, "delimiter", &rules->delimiter);
	read_text(root, "encoding", &rules->encoding);
	read_flag(root, "plus", &rules->plus);
	read_flag(root, "excel_zero", &rules->excel_zero);
	if (!cfg_close(cfg))
		ctl_fail("%s", err);
	names_done(&to_first);
	free(path);
}

/* --- writing ------------------------------------------------------------------------------- */

/* As libconfig reads it. */
static void put_text(FILE *file, const char *text)
{
	static const char hex[] = "0123456789abcdef";

	putc('"', file);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', file);
		if ((unsigned char)*text < 0x20)
			print_to(file, "\\x%c%c", hex[*text >> 4], hex[*text & 15]);
		else
			putc(*text, file);
	}
	putc('"', file);
}

/* Each once, and the first of those that say what the same field or word is. */
static void put_list(FILE *file, const char *key, const struct names *names, char until)
{
	size_t written = 0;

	for (size_t i = 0; i < names->count; i++) {
		const char *end = strrchr(names->list[i], until);
		size_t len =
		    until != '\0' && end != NULL ? (size_t)(end - names->list[i]) : strlen(names->list[i]);
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again = again || (strncmp(names->list[k], names->list[i], len) == 0 &&
			                  (names->list[k][len] == until || names->list[k][len] == '\0'));
		if (again)
			continue;
		if (written++ == 0)
			print_to(file, "%s = [ ", key);
		else
			fputs(",\n  ", file);
		put_text(file, names->list[i]);
	}
	if (written > 0)
		fputs(" ];\n", file);
}

static void put_value(FILE *file, const char *key, const char *text)
{
	if (text == NULL)
		return;
	print_to(file, "%s = ", key);
	put_text(file, text);
	fputs(";\n", file);
}

static void put_rules(FILE *file, const struct file_rules *r)
{
	fputs("# How the files of a client are read: written by licetctl enqueue --save-profile.\n", file);
	put_list(file, "map", &r->map, '=');
	put_list(file, "set", &r->set, '=');
	put_list(file, "word", &r->words, '=');
	put_list(file, "ignore", &r->ignore, '\0');
	put_list(file, "vars", &r->vars, '\0');
	put_list(file, "to_first", &r->to_first, '\0');
	put_value(file, "zone", r->zone);
	put_value(file, "dates", r->dates);
	put_value(file, "delimiter", r->delimiter);
	put_value(file, "encoding", r->encoding);
	if (r->plus)
		fputs("plus = true;\n", file);
	if (r->excel_zero)
		fputs("excel_zero = true;\n", file);
}

/* Make the folder of a path, and those above it. */
static void make_folders(const char *path)
{
	char *copy = mem_copy(path);

	for (char *at = strchr(copy + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(copy, 0700);
		*at = '/';
	}
	free(copy);
}

char *profile_save(struct ctl *ctl, const char *name, const struct file_rules *rules)
{
	struct outfile out = { 0 };
	char *path = strchr(name, '/') != NULL ? mem_copy(name) : NULL;

	if (path == NULL) {
		check_name(ctl, name);
		path = path_in(own_folder(), name);
	}
	if (path == NULL)
		path = path_in(shared_folder(ctl), name);
	make_folders(path);
	if (!outfile_open(&out, path))
		ctl_fail("%s: %s", path, error_system(errno));
	put_rules(out.file, rules);
	if (!outfile_close(&out)) {
		outfile_drop(&out);
		ctl_fail("%s: %s", path, error_system(errno));
	}
	outfile_done(&out);
	return path;
}
