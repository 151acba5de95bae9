/* conf_check.h - what texts of licet.conf must be. Each returns what is wrong, said behind the key's name, or NULL. */
#ifndef LICET_IO_CONFIG_CONF_CHECK_H
#define LICET_IO_CONFIG_CONF_CHECK_H

const char *conf_check_prefix(const char *value);
const char *conf_check_instance(const char *value);
const char *conf_check_fsync(const char *value);
const char *conf_check_absolute(const char *value);
const char *conf_check_origin(const char *value);
const char *conf_check_override(const char *value);
const char *conf_check_sentinel(const char *value);
const char *conf_check_node(const char *value);
const char *conf_check_space(const char *value);

#endif
