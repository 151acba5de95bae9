/* acl_text.h - conf/redis-users.acl, embedded at build. */
#ifndef LICET_CTL_SETUP_ACL_TEXT_H
#define LICET_CTL_SETUP_ACL_TEXT_H

extern const char acl_text[];

#endif
