# layout.awk - layout.def as a C header (-v to=c) or as the head of the Lua library (-v to=lua).
/^#/ || /^$/ { next }
/^\[/ { block = substr($1, 2, length($1) - 2); order[++blocks] = block; next }
{ name[block, ++count[block]] = $1 }
END {
	if (to == "c") {
		print "/* Made from src/lua/layout.def. */\n#ifndef LICET_GEN_LAYOUT_H\n#define LICET_GEN_LAYOUT_H\n"
		for (b = 1; b <= blocks; b++) {
			if (order[b] == "unseen") {
				printf "#define UNSEEN_FIELDS"
				for (i = 1; i <= count[order[b]]; i++)
					printf "%s \"%s\"", (i > 1 ? "," : ""), name[order[b], i]
				print ""
				continue
			}
			printf "enum %s_layout {\n", order[b]
			for (i = 1; i <= count[order[b]]; i++)
				printf "\t%s_%s,\n", toupper(order[b]), toupper(name[order[b], i])
			printf "\t%s_COUNT\n};\n", toupper(order[b])
		}
		print "\n#endif"
		exit
	}
	print "-- Made from src/lua/layout.def: positions in a ready entry, in KEYS and in ARGV of a commit."
	for (b = 1; b <= blocks; b++) {
		block = order[b]
		if (block == "unseen") {
			printf "local UNSEEN = {"
			for (i = 1; i <= count[block]; i++)
				printf "%s %s = true", (i > 1 ? "," : ""), name[block, i]
			print " }"
			continue
		}
		printf("local %s = {", (block == "entry" ? "E" : (block == "commit_key" ? "K" : "A")))
		for (i = 1; i <= count[block]; i++)
			printf("%s %s = %d", (i > 1 ? "," : ""), name[block, i], i)
		printf " }\n"
	}
	printf "local LISTS_AT, ENTRIES_AT = %d, %d -- keys before those of lists, arguments before the entries\n", \
		count["commit_key"], count["commit_arg"]
}
