/* lua_source.h - the text of src/lua, embedded at build. */
#ifndef LICET_IO_REDIS_LUA_SOURCE_H
#define LICET_IO_REDIS_LUA_SOURCE_H

extern const char lua_source[];
extern const char lua_source_hash[]; /* first 16 digits of its SHA-256 */

#endif
