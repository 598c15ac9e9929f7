/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of a shard: see shard.h.  Goes from member to member, gives each to the
 * reader that its content asks for, and starts the reader again after damage.  The
 * ledger is closed here: at the end every unpacked byte has been counted as something.
 */
#include "io/shard.h"

#include <string.h>

#include "io/readers/input.h"
#include "io/readers/reader.h"
#include "io/signature.h"
#include "io/stream.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/timer.h"

struct shard {
    char *path;                         /* owned */
    char *text_key;                     /* owned */
    const struct reader_format *format; /* NULL: by content */
    struct stream *stream;
    struct input input;
    struct reader reader;
    struct tally *tally; /* borrowed */
    bool in_member;
    bool ended;
    int64_t ordinal; /* of the next document */
    int64_t empty;   /* documents without text so far */
    int64_t members; /* so far */
};

struct shard *shard_open(const char *path, const struct shard_options *options,
                         struct tally *tally, struct err *err) {
    const struct reader_format *format;
    if (reader_find(options->format, &format, err) < 0)
        return NULL;
    struct stream *stream = stream_open(path, err);
    if (stream == NULL)
        return NULL;
    struct shard *shard = mem_alloc(1, sizeof *shard);
    shard->path = mem_string(path);
    shard->text_key = mem_string(options->text_key ? options->text_key : "auto");
    shard->format = format;
    shard->stream = stream;
    shard->tally = tally;
    shard->input = (struct input){.stream = stream,
                                  .tally = tally,
                                  .path = shard->path,
                                  .member = "",
                                  .unpacking = options->unpacking,
                                  .stop_on_damage = options->stop_on_damage,
                                  .quiet = options->quiet,
                                  .witness = options->witness};
    return shard;
}

/* Files that systems leave in archives and that nobody wrote. */
static bool is_junk(const char *member) {
    const char *base = file_base_name(member);
    return strncmp(base, "._", 2) == 0 || strncmp(member, "__MACOSX/", 9) == 0 ||
           strstr(member, "/__MACOSX/") != NULL;
}

/* Passes over the rest of a member without documents. */
static int skip_member(struct shard *shard, struct err *err) {
    struct input *in = &shard->input;
    for (;;) {
        uint64_t passed;
        int status = input_pass(in, UINT64_MAX, &passed, err);
        shard->tally->skipped_bytes += passed;
        if (status < 0)
            return -1;
        if (!in->cut)
            return 0;
        input_resume(in);
    }
}

/* The member is not read: says what it is.  As begin_reader. */
static int name_member(struct shard *shard, struct err *err) {
    struct input *in = &shard->input;
    struct slice head;
    if (input_peek(in, SIGNATURE_LOOK_BYTES, &head, err) < 0)
        return -1;
    const char *what = signature_name(head);
    if (what == NULL)
        what = "no text in a format known here";
    input_kind(in, "not read:", slice_of(what));
    return input_refuse(in, err, "is %s: skipped", what);
}

/* Drops a byte order mark, finds the reader, starts it.  1, 0 the member holds no
 * documents, -1. */
static int begin_reader(struct shard *shard, struct err *err) {
    static const char mark[] = "\xef\xbb\xbf";
    struct input *in = &shard->input;
    struct slice head;
    uint64_t passed = 0;
    if (input_peek(in, READER_LOOK_BYTES, &head, err) < 0)
        return -1;
    while (head.size == 0 &&
           in->cut) { /* its beginning is lost: judge by what follows */
        input_resume(in);
        if (input_peek(in, READER_LOOK_BYTES, &head, err) < 0)
            return -1;
    }
    if (in->offset == 0 && slice_starts(head, mark)) {
        if (input_pass(in, sizeof mark - 1, &passed, err) < 0 ||
            input_peek(in, READER_LOOK_BYTES, &head, err) < 0)
            return -1;
        shard->tally->markup_bytes += passed;
    }
    const char *name = in->member[0] ? in->member : shard->path;
    const struct signature *row = signature_find(head);
    const struct reader_format *format = shard->format;
    if (format == NULL)
        format = reader_choose(head, name);
    else if (row && row->use != SIGNATURE_TEXT) /* no format makes that text */
        format = NULL;
    if (format == NULL)
        return name_member(shard, err);
    input_kind(in, "members read as", slice_of(format->name));
    reader_begin(&shard->reader, format, in, shard->text_key);
    return 1;
}

/* Counts and reports what the stream itself complained of. */
static int stream_fault(struct shard *shard, const struct err *fault, struct err *err) {
    uint64_t dropped = stream_take_dropped(shard->stream);
    shard->tally->unpacked_bytes += dropped;
    shard->tally->damaged_bytes += dropped;
    if (fault->code == ERR_NONE)
        return 0;
    if (fault->code != ERR_DATA)
        return err_set(err, fault->code, "%s", fault->text);
    return input_fault(&shard->input, fault, err);
}

/* To the next member with documents: 1, 0 end of the shard, -1. */
static int next_member(struct shard *shard, struct err *err) {
    for (;;) {
        struct err fault = {0};
        const char *name = "";
        double start = timer_used();
        int status = stream_next_member(shard->stream, &name, &fault);
        input_unpacked(&shard->input, start);
        input_begin(&shard->input, status == 1 ? name : "");
        if (stream_fault(shard, &fault, err) < 0)
            return -1;
        if (status == 0)
            return 0;
        if (status < 0)
            continue;
        shard->tally->members++;
        shard->members++;
        int usable = is_junk(name) ? 0 : begin_reader(shard, err);
        if (usable != 0)
            return usable;
        input_kind(&shard->input, "members", slice_of("passed over"));
        if (skip_member(shard, err) < 0)
            return -1;
    }
}

/* 0, or -1 if there was nothing in it and that stops the run. */
static int end_shard(struct shard *shard, struct err *err) {
    struct input *in = &shard->input;
    shard->ended = true;
    shard->tally->shards++;
    shard->tally->stored_bytes += stream_stored_bytes(shard->stream);
    if (shard->ordinal > 0 && shard->ordinal == shard->empty)
        input_warn(in, "none of its %lld documents has text: wrong format or key?",
                   (long long)shard->ordinal);
    int rc = 0;
    if (shard->members == 0 && in->first.size == 0)
        rc = input_refuse(in, err, "is a tar without a file in it: skipped");
    input_sum_up(in);
    return rc;
}

const char *shard_why(const struct shard *shard) {
    return shard->input.first.size > 0 ? shard->input.first.data
                                       : "holds no document in this format";
}

/* The reader is at its end: after damage it begins again.  As begin_reader. */
static int resume_reader(struct shard *shard, struct err *err) {
    struct slice head;
    struct input *in = &shard->input;
    if (!in->cut)
        return 0;
    do {
        input_resume(in);
        if (input_peek(in, 1, &head, err) < 0)
            return -1;
    } while (head.size == 0 && in->cut);
    if (head.size == 0)
        return 0;
    reader_begin(&shard->reader, shard->reader.format, in, shard->text_key);
    return 1;
}

int shard_next(struct shard *shard, struct doc *doc, struct err *err) {
    while (!shard->ended) {
        int status = 0;
        if (shard->in_member)
            status = reader_next(&shard->reader, err);
        if (status < 0)
            return -1;
        shard->ordinal += status > 0;
        shard->empty += status == 2;
        if (status == 1) {
            *doc = (struct doc){.text = str_slice(&shard->reader.text),
                                .shard = file_base_name(shard->path),
                                .member = shard->input.member,
                                .url = str_slice(&shard->reader.url),
                                .language = str_slice(&shard->reader.language),
                                .ordinal = shard->ordinal - 1};
            return 1;
        }
        if (status == 2)
            continue;
        status = shard->in_member ? resume_reader(shard, err) : 0;
        if (status == 0)
            status = next_member(shard, err);
        if (status < 0)
            return -1;
        shard->in_member = status > 0;
        if (status == 0 && end_shard(shard, err) < 0)
            return -1;
    }
    return 0;
}

void shard_close(struct shard *shard) {
    if (shard == NULL)
        return;
    reader_fini(&shard->reader);
    input_fini(&shard->input);
    stream_close(shard->stream);
    mem_free(shard->text_key);
    mem_free(shard->path);
    mem_free(shard);
}
