/* target.h - which Redis and which keys: what licetd and licetctl are told alike
 * on the command line. It wins over the file. */
#ifndef LICET_IO_CONFIG_TARGET_H
#define LICET_IO_CONFIG_TARGET_H

#include "io/config/conf.h"
#include "io/redis/redis.h"

#include <stddef.h>

#define TARGET_DEFAULT_FILE "/etc/licet/licet.conf"
#define TARGET_OPTIONS \
	"  -c, --config FILE   configuration; without it " TARGET_DEFAULT_FILE "\n" \
	"  --socket PATH       Unix socket of Redis\n" \
	"  --redis HOST:PORT   Redis by TCP\n" \
	"  --prefix P          what every key name begins with\n" \
	"  --instance NAME     name of the daemon; two on one Redis need two names\n"

/* Borrowed from argv; NULL: not given. */
struct target_options {
	const char *file, *socket, *redis, *prefix, *instance;
};

/* Note the value of the option of that name, such as "-c" or "--redis". Returns 1; 0 if it is
 * none of those above; and -1 with one line in err if its value is NULL, missing, or wrong. */
int target_set(struct target_options *options, const char *name, const char *value, char *err,
               size_t err_size);

/* Look at argv[*i]. If it is one of the options above ("--name VALUE" or
 * "--name=VALUE"), note it, move *i past it and return 1. Returns 0 if it is not,
 * and -1 with one line in err if its value is missing or wrong. */
int target_option(struct target_options *options, int argc, char **argv, int *i, char *err, size_t err_size);

/* Read the file that was named, or else the default one, over conf, which went
 * through conf_init(), and put the options over it. Returns 0, or -1 with one line
 * in err; *conf is then unchanged. */
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
