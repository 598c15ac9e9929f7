/* SPDX-License-Identifier: Apache-2.0 */
/* What was read, kept and dropped, by reason: the ledger that proves "nothing is
 * dropped silently".  Counters only ever grow and are summed over ranks; a struct tally
 * is an array of TALLY_COUNT of them. */
#ifndef MPIBERT_CORE_TALLY_H
#define MPIBERT_CORE_TALLY_H

#include <stdint.h>

#include "src/core/rule.h"

/* X(name, sentence).  The identity that holds at a shard's end:
 *   unpacked_bytes = text_bytes + markup_bytes + skipped_bytes + damaged_bytes
 * and where tokens are made, each cut making one document more:
 *   documents + documents_too_long = documents_empty + documents_not_utf8
 *       + documents_kept + the documents that the filters' rules dropped
 * and of what the filters judged:
 *   filter_bytes = filter_kept_bytes + the bytes that their rules dropped */
#define TALLY(X)                                                                       \
    X(shards, "shards read")                                                           \
    X(members, "archive members read")                                                 \
    X(members_unread, "files and members not read: each was named with its reason")    \
    X(stored_bytes, "bytes stored")                                                    \
    X(unpacked_bytes, "bytes unpacked (members' contents)")                            \
    X(text_bytes, "bytes of documents' text, as stored")                               \
    X(markup_bytes,                                                                    \
      "bytes of markup around it (tags, keys, record headers, blank lines)")           \
    X(skipped_bytes, "bytes of members, records and pages that hold no documents")     \
    X(records_skipped, "WARC records passed over: no plain text")                      \
    X(damaged_bytes, "bytes dropped as damaged")                                       \
    X(damaged_places, "damaged places")                                                \
    X(pages_redirects, "wiki pages passed over: redirects")                            \
    X(pages_not_articles, "wiki pages passed over: other namespaces")                  \
    X(pages_not_wikitext, "wiki pages passed over: not wikitext")                      \
    X(documents, "documents read")                                                     \
    X(documents_empty, "documents dropped: no text")                                   \
    X(documents_not_utf8, "documents dropped: over 1 % ill-formed UTF-8")              \
    X(documents_too_long, "cuts in documents over data.max_document_bytes")            \
    X(documents_kept, "documents kept")                                                \
    X(filter_bytes, "bytes of text that the filters judged")                           \
    X(filter_kept_bytes, "bytes of text that the filters kept")                        \
    X(bad_utf8_bytes, "bytes dropped: ill-formed UTF-8")                               \
    X(sentences, "sentences")                                                          \
    X(tokens, "tokens")                                                                \
    X(unknown_tokens, "tokens that are [UNK]")                                         \
    X(examples, "examples")                                                            \
    X(example_tokens, "tokens in examples, special ones too")                          \
    X(pairs_next, "pairs whose second half follows the first")                         \
    X(pairs_random, "pairs whose second half is random")                               \
    X(pairs_own,                                                                       \
      "of these, random halves of the same document: the block has no other")          \
    X(pairs_swapped, "pairs whose halves changed places")                              \
    X(examples_left, "examples made and left over at the end of a phase")              \
    X(truncated_tokens, "tokens dropped: pair longer than the sequence")

/* What one rule of the filters dropped: places, lines or documents, and their bytes. */
struct tally_rule {
    uint64_t dropped, bytes;
};

struct tally {
#define TALLY_FIELD(name, sentence) uint64_t name;
    TALLY(TALLY_FIELD)
#undef TALLY_FIELD
    struct tally_rule rules[RULE_COUNT];
};

enum { TALLY_COUNT = sizeof(struct tally) / sizeof(uint64_t) };

/* Sentences in the order of the fields. */
extern const char *const tally_sentences[TALLY_COUNT];

/* Adds field by field. */
void tally_add(struct tally *to, const struct tally *more);

#endif
