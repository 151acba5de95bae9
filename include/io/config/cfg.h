/* cfg.h - strict, typed reading of libconfig files; the one place that knows
 * libconfig.
 *
 * libconfig itself is lenient: 5000000000 reads as 705032704, an unknown key is
 * accepted silently, an empty file is fine. So the raw text is scanned before it
 * is parsed, every getter checks type and range, and cfg_close() rejects each
 * key that nobody asked for.
 *
 * Errors are sticky: the first one is kept as "file:line: what was expected",
 * everything after it is harmless. A loader asks for all it knows and looks at
 * the answer of cfg_close() once:
 *
 *	struct cfg *cfg = cfg_open(path, err, err_size);
 *	if (cfg == NULL)
 *		return -1;
 *	struct cfg_node root = cfg_root(cfg);
 *	cfg_int(root, "batch_min", CFG_OPTIONAL, 1, 10000, &conf.batch_min);
 *	cfg_string(root, "prefix", CFG_OPTIONAL, &conf.prefix);
 *	return cfg_close(cfg) ? 0 : -1; */
#ifndef LICET_IO_CONFIG_CFG_H
#define LICET_IO_CONFIG_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CFG_FILE_MAX (1024 * 1024) /* bytes */

struct cfg;

/* A setting of the file: a group, a list or a value. A small value to be passed
 * around; it lives as long as the file is open. An absent one (cfg_is_absent)
 * may be given to any function here: it has no keys and no elements. */
struct cfg_node {
	struct cfg *cfg;
	void *at; /* NULL: absent */
};

enum cfg_need { CFG_OPTIONAL, CFG_NEEDED };

/* --- the file ------------------------------------------------------------ */

/* Read and parse a file. err is kept and filled with the first error, now or
 * later: it must live until cfg_close(). Returns NULL if the file cannot be
 * read, is too large, includes another (its hash must say everything), holds an
 * integer that libconfig would cut, or does not parse. */
struct cfg *cfg_open(const char *path, char *err, size_t err_size);

/* The bytes of the file, as they were parsed. */
const char *cfg_bytes(const struct cfg *cfg, size_t *ret_len);

/* Reject every key that nobody asked for, free everything. Returns true if
 * there was no error at all. */
bool cfg_close(struct cfg *cfg);

bool cfg_failed(const struct cfg *cfg);

/* Record an error at the line of a setting (of the file, if it is absent). The
 * first error stays. Always returns false. */
bool cfg_fail(struct cfg_node at, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- walking --------------------------------------------------------------- */

struct cfg_node cfg_root(struct cfg *cfg);
bool cfg_is_absent(struct cfg_node node);
bool cfg_is_group(struct cfg_node node);

/* A member that must be a group, or a list or array. Absent and CFG_NEEDED is
 * an error. */
struct cfg_node cfg_group(struct cfg_node group, const char *key, enum cfg_need need);
struct cfg_node cfg_list(struct cfg_node group, const char *key, enum cfg_need need);

/* Elements of a list, or the members of a group whose names are free: all of
 * them count as asked for. */
size_t cfg_count(struct cfg_node node);
struct cfg_node cfg_at(struct cfg_node node, size_t i);
/* An element that must be a group. */
struct cfg_node cfg_group_at(struct cfg_node list, size_t i);
/* A member, whatever it is, for an error about it; the group itself if it is
 * absent. */
struct cfg_node cfg_member(struct cfg_node group, const char *key);
/* The line of a setting in its file; 0 if it is absent. */
int cfg_line(struct cfg_node node);
/* The key of a member; NULL for an element of a list. */
const char *cfg_key(struct cfg_node node);

/* --- values ------------------------------------------------------------------
 *
 * Each returns true if the key is there and right. Otherwise *ret is left alone,
 * so that it may hold a default; a wrong type or value, and a CFG_NEEDED that is
 * absent, are errors. */

bool cfg_int(struct cfg_node group, const char *key, enum cfg_need need, int min, int max, int *ret);
bool cfg_bool(struct cfg_node group, const char *key, enum cfg_need need, bool *ret);
/* A copy; what *ret held is freed. */
bool cfg_string(struct cfg_node group, const char *key, enum cfg_need need, char **ret);
/* Borrowed until cfg_close(); NULL if absent or wrong. */
const char *cfg_text(struct cfg_node group, const char *key, enum cfg_need need);
/* A string "YYYY-MM-DD", as a day number. */
bool cfg_date(struct cfg_node group, const char *key, enum cfg_need need, int32_t *ret_day);
/* A string that is one of the names; an error names the nearest. */
bool cfg_choice(struct cfg_node group, const char *key, enum cfg_need need, const char *const *names,
                size_t count, size_t *ret);
/* A list of strings, or one string alone. Copies; free with cfg_strings_free().
 * What *ret held is freed. */
bool cfg_strings(struct cfg_node group, const char *key, enum cfg_need need, char ***ret, size_t *ret_count);
void cfg_strings_free(char **strings, size_t count);

/* The same for an element of a list. */
const char *cfg_text_at(struct cfg_node list, size_t i);
bool cfg_int_at(struct cfg_node list, size_t i, int min, int max, int *ret);

#endif
