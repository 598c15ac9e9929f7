/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whatever is not read has a name, told from its first bytes; what shares those
 * bytes but is text has none; and nothing after the end of what is seen is looked at
 * (each is asked again as an exact copy, and cut at every byte). */
#include "io/signature.h"

#include <stdlib.h>

#include "tests/unit/io/fixture.h"

struct row {
    struct slice head;
    const char *name; /* "": none */
};
#define H(literal)                                                                     \
    { literal, sizeof(literal) - 1 }
#define ZIP(name_size) "PK\3\4\24\0\0\0\0\0----------------" name_size "\0\0\0"

/* Of what begins so, with binary bytes after it. */
static const struct row binary[] = {
    {H("\x1f\x8b\x08"), "packed once more"},
    {H("\xfd\x37zXZ\0"), "packed once more"},
    {H("\x28\xb5\x2f\xfd"), "packed once more"},
    {H("\x04\x22\x4d\x18"), "packed once more"},
    {H("\x02\x21\x4c\x18"), "packed once more"},
    {H("\x5a\x2a\x4d\x18\1\0\0\0"), "packed once more"},
    {H("PK\3\4"), "a zip archive"},
    {H("PK\5\6"), "a zip archive"},
    {H("PK\7\10"), "a part of a zip archive"},
    {H(ZIP("\24") "mimetypeapplication/epub+zip"), "an EPUB book"},
    {H(ZIP("\23") "[Content_Types].xml"), "an Office file (docx, xlsx, pptx)"},
    {H(ZIP("\11") "arr_0.npy"), "a NumPy archive (npz)"},
    {H(ZIP("\20") "archive/data.pkl"), "a PyTorch file"},
    {H("7z\xbc\xaf\x27\x1c"), "a 7z archive"},
    {H("Rar!\x1a\x07\0"), "a rar archive"},
    {H("0707010000000000000000000000000000000000000000000000"), "a cpio archive"},
    {H("0707070000010000020000030000040000050000060000070000"), "a cpio archive"},
    {H("\xc7\x71\1\0"), "a cpio archive"},
    {H("!<arch>\nfile.txt/       "), "an ar archive"},
    {H("!<arch>\ndebian-binary   "), "a Debian package"},
    {H("\x1c\0-lh5-0123456789abcdef"), "an lha archive"},
    {H("MSCF\0\0\0\0"), "a cab archive"},
    {H("xar!\0\x1c"), "a xar archive"},
    {H("\xed\xab\xee\xdb"), "an rpm package"},
    {H("x\1s\rbb`"), "a dmg image"},
    {H("filedesc://x.arc"), "an ARC file"},
    {H("\x1f\x9d\x90"), "packed by compress (.Z)"},
    {H("\x89LZO\0\r\n\x1a\n"), "packed by lzop"},
    {H("LZIP\1"), "packed by lzip"},
    {H("\xff\6\0\0sNaPpY"), "packed by snappy"},
    {H("x\x9c"), "packed by zlib"},
    {H("PAR1"), "a Parquet file"},
    {H("ARROW1\0\0"), "an Arrow file"},
    {H("\xff\xff\xff\xff\x18\1\0\0\x10\0\0\0"), "an Arrow stream"},
    {H("ORC\n"), "an ORC file"},
    {H("Obj\1"), "an Avro file"},
    {H("\x89HDF\r\n\x1a\n"), "an HDF5 file"},
    {H("SQLite format 3\0"), "an SQLite file"},
    {H("\x93NUMPY\1"), "a NumPy array"},
    {H("\x80\4\x95"), "a Python pickle"},
    {H("\x20\0\0\0\0\0\0\0{\"a\""), "a safetensors file"},
    {H("%PDF-1.4"), "a PDF"},
    {H("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an Office file (doc, xls, ppt)"},
    {H("\x7f"
       "ELF\2"),
     "an ELF file"},
    {H("MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0"), "a Windows program"},
    {H("BM\x36\0\x0c\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), "a BMP image"},
    {H("\x89PNG\r\n"), "a PNG image"},
    {H("\xff\xd8\xff\xe0"), "a JPEG image"},
    {H("GIF89a"), "a GIF image"},
    {H("RIFF\1\2\3\4WEBP"), "a WebP image"},
    {H("ID3\3"), "an MP3 file"},
    {H("OggS\0"), "an Ogg file"},
    {H("\xff\xfe"
       "a\0"),
     "text in UTF-16, not UTF-8"},
    /* what only looks like one of them */
    {H("\xff\xff\xff\xff"), ""},
    {H("\xff\xff\xff\xff\0\0\0\0\0\0\0\0"), ""},
    {H("\xff\xff\xff\xff\x17\0\0\0\x10\0\0\0"), ""},
    {H("PK\3"), ""},
};

/* Of text, as it is. */
static const struct row text[] = {
    {H("<!-- a comment -->\n<note><to>Tove</to></note>"), "XML of no known kind"},
    {H("\n\n <note>\n <to>Tove</to></note>"), "XML of no known kind"},
    {H("<?xml version=\"1.0\"?><a/>"), "XML of no known kind"},
    {H("<?pi?><!-- x --><!DOCTYPE a [<!ELEMENT a ANY>]><a>x"), "XML of no known kind"},
    {H("<!-- a comment that does not end here"), "XML of no known kind"},
    {H("<svg:svg width='1'/>"), "XML of no known kind"},
    {H("<!doctype HTML><p>One"), "HTML"},
    {H("<!-- x --><HTML lang=en><body>One</body>"), "HTML"},
    {H("<div class=a>One</div>"), "HTML"},
    {H("<h1>One</h1>"), "HTML"},
    {H("{\\rtf1\\ansi One}"), "an RTF file"},
    {H("%!PS-Adobe-3.0\n"), "a PostScript file"},
    {H("[\"One.\", \"Two.\"]"), "JSON without objects"},
    {H("[[1, 2.5e3], [null, NaN, \"a\\\"b\"]]"), "JSON without objects"},
    {H("\"One.\"\n\"Two.\"\n\"Three.\"\n"), "JSON without objects"},
    {H("crawl-data/a/b.warc.gz\ncrawl-data/a/c.warc.gz\n"),
     "a list of addresses or paths"},
    {H("https://a.org/1\ns3://a/2\r\n"), "a list of addresses or paths"},
    {H("d41d8cd98f00b204e9800998ecf8427e  a/b\n"
       "d41d8cd98f00b204e9800998ecf8427e  a/c\n"),
     "a list of addresses or paths"},
    {H("-----BEGIN PGP MESSAGE-----\n"), "encrypted by PGP"},
    {H("begin 644 a.txt\n"), "uuencoded"},
    /* prose */
    {H("<!-- SPDX-License-Identifier: Apache-2.0 -->\n# A title\n"), ""},
    {H("<unk> was a <unk> .\n"), ""},
    {H("<3 is a heart"), ""},
    {H("< 5 is less"), ""},
    {H("[Illustration: a dog]\n"), ""},
    {H("[1] Smith, \"A tale\"."), ""},
    {H("[\"Hello,\" she said.]"), ""},
    {H("\"Yes,\" she said.\n\"No.\"\n"), ""},
    {H("\"One.\"\n\"Two.\"\n"), ""},
    {H("https://a.org/1\nis a page.\n"), ""},
    {H("and/or\n"), ""},
    {H("begin 6 weeks before"), ""},
    {H("BMW, MZ and PAR1 are words; so is GIF89a"), ""},
    {H("MZ"), ""},
    {H("BMW builds cars; a stray \1 stands here"), ""},
    {H("MZ is a mark of ownership; a stray \1 stands here"), ""},
    {H("ORCs live here"), ""},
    {H("GIF89a is a format"), ""},
    {H("070701 is a number"), ""},
    {H("RIFF 12 WAVE lengths"), ""},
    {H("PK"), ""},
    {H("Text"), ""},
    {H(""), ""},
};

static void judge(struct slice head, const char *want) {
    const char *name = signature_name(head);
    is_str(name ? name : "", want, "what begins with %.*s",
           (int)(head.size < 24 ? head.size : 24), head.data);
    for (size_t size = 0; size <= head.size; size++) {
        char *copy = malloc(size + 1);
        CHECK(copy != NULL);
        memcpy(copy + 1, head.data, size);
        signature_name((struct slice){copy + 1, size});
        free(copy);
    }
}

static void test_binary(void) {
    static const char rest[16] = "\0\1\2\3\0\1\2\3\0\1\2\3\0\1\2\3";
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
        struct str head = {0};
        str_append(&head, binary[i].head.data, binary[i].head.size);
        if (binary[i].name[0])
            str_append(&head, rest, sizeof rest);
        judge(str_slice(&head), binary[i].name);
        str_fini(&head);
    }
}

/* An ISO image shows at its byte 32769. */
static void test_iso(void) {
    struct str head = {0};
    str_reserve(&head, SIGNATURE_LOOK_BYTES);
    memset(head.data, 0, SIGNATURE_LOOK_BYTES);
    memcpy(head.data + SIGNATURE_ISO_AT, "CD001", 5);
    head.size = SIGNATURE_LOOK_BYTES;
    is_str(signature_name(str_slice(&head)), "an ISO image", "an ISO image");
    str_fini(&head);
}

int main(void) {
    test_binary();
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        judge(text[i].head, text[i].name);
    test_iso();
    return tap_done();
}
