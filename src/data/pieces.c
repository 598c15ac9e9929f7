/* SPDX-License-Identifier: Apache-2.0 */
/* Documents cut to size: see pieces.h.  A cut depends on the document's bytes and the
 * limit alone, so every lane that reads the shard counts the same pieces. */
#include "src/data/pieces.h"

#include <string.h>

#include "src/base/die.h"

int pieces_open(struct pieces *pieces, const struct config *config,
                const struct manifest *manifest, int row, bool quiet,
                struct tally *tally, double *unpacking, struct err *err) {
    const struct manifest_shard *shard = &manifest->shards[row];
    const struct source_spec *spec = &manifest->specs[shard->source];
    const struct shard_options how = {
        .format = spec->format,
        .text_key = spec->text_key,
        .stop_on_damage = strcmp(config->data_on_error, "stop") == 0,
        .unpacking = unpacking,
        .quiet = quiet,
    };
    CHECK(pieces->shard == NULL);
    *pieces = (struct pieces){.tally = tally,
                              .max_bytes = (size_t)config->data_max_document_bytes};
    pieces->shard = shard_open(shard->path, &how, tally, err);
    return pieces->shard ? 0 : -1;
}

/* How much of a text that is over the limit to take: up to the last line end within it,
 * else the last space, else the last whole UTF-8 sequence. */
static size_t cut_at(struct slice text, size_t limit) {
    const char *end = memrchr(text.data, '\n', limit);
    if (end == NULL)
        end = memrchr(text.data, ' ', limit);
    if (end != NULL)
        return (size_t)(end - text.data) + 1;
    size_t at = limit;
    while (at > 0 && limit - at < 4 && ((unsigned char)text.data[at] & 0xC0) == 0x80)
        at--;
    return at > 0 ? at : limit;
}

int pieces_next(struct pieces *pieces, struct doc *piece, struct err *err) {
    struct slice *rest = &pieces->doc.text;
    if (rest->size == 0) {
        int more = shard_next(pieces->shard, &pieces->doc, err);
        if (more <= 0)
            return more;
    }
    size_t size = rest->size;
    if (size > pieces->max_bytes) {
        size = cut_at(*rest, pieces->max_bytes);
        pieces->tally->documents_too_long++;
    }
    *piece = pieces->doc;
    piece->text.size = size;
    *rest = (struct slice){rest->data + size, rest->size - size};
    pieces->ordinal++;
    return 1;
}

void pieces_close(struct pieces *pieces) {
    shard_close(pieces->shard);
    *pieces = (struct pieces){0};
}
