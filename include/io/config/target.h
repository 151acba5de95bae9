/* target.h - which Redis and which keys: what licetd and licetctl are told alike
 * on the command line. It wins over the file. */
#ifndef LICET_IO_CONFIG_TARGET_H
#define LICET_IO_CONFIG_TARGET_H

#include "io/config/conf.h"
#include "io/redis/redis.h"

#include <stddef.h>

#define TARGET_DEFAULT_FILE "/etc/licet/licet.conf"
#define TARGET_FILE_VARIABLE "LICET_CONF" /* names the file where -c does not */

/* Borrowed from argv; NULL: not given. */
struct target_options {
	const char *file, *socket, *redis, *rulebook, *prefix, *space, *instance;
};

/* Note the value of the option of that name, such as "-c" or "--redis". Returns 1; 0 if it is
 * none of those in usage.h; and -1 with one line in err if its value is NULL, missing, or wrong. */
int target_set(struct target_options *options, const char *name, const char *value, char *err,
               size_t err_size);

/* Look at argv[*i]. If it is one of the options in usage.h ("--name VALUE" or
 * "--name=VALUE"), note it, move *i past it and return 1. Returns 0 if it is not,
 * and -1 with one line in err if its value is missing or wrong. */
int target_option(struct target_options *options, int argc, char **argv, int *i, char *err, size_t err_size);

/* Read the file that was named, by the option, else by LICET_CONF, or else the default one, over
 * conf, which went through conf_init(), and put the options over it. Where there is no default one,
 * --redis, --socket or --rulebook suffice: every key has its default then. Returns 0, or -1 with
 * one line in err; *conf is then unchanged. */
int target_load_conf(const struct target_options *options, struct conf *conf, char *err, size_t err_size);

/* What a target borrows besides; NULL: none. */
struct target_passwords {
	char *redis, *sentinel;
};
/* Where conf says that Redis is; conf must outlive it. The passwords are read from
 * their files, into *ret_passwords, which are the caller's to give to
 * target_forget(). Returns 0, or -1 with one line in err; there are none then. */
int target_of_conf(const struct conf *conf, struct redis_target *ret, struct target_passwords *ret_passwords,
                   char *err, size_t err_size);
/* Overwrite and free. There are none then. */
void target_forget(struct target_passwords *passwords);

#endif
