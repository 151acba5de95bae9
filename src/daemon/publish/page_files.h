/* page_files.h - the files of src/page, as the build puts them in. */
#ifndef LICET_DAEMON_PUBLISH_PAGE_FILES_H
#define LICET_DAEMON_PUBLISH_PAGE_FILES_H

#include "io/host/http.h"

extern const struct page_file {
	const char *path; /* NULL: the last */
	struct web_file file;
} page_files[];

#endif
