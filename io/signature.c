/* SPDX-License-Identifier: Apache-2.0 */
/* The table of signatures: see signature.h.  A row is looked at only where its bytes
 * are; what fewer than four bytes tell, or bytes that a text may begin with, is asked
 * of a function as well.  The special comes before the general: an EPUB is a zip
 * archive too. */
#include "io/signature.h"

#include <stdint.h>
#include <string.h>

#include "io/packing.h"
#include "io/textkind.h"

/* ---- what bytes alone do not tell ---- */

/* Control characters that no text has. */
static bool is_binary(struct slice head) {
    for (size_t i = 0; i < head.size; i++) {
        unsigned char c = (unsigned char)head.data[i];
        if (c < 7 || (c > 13 && c < 27) || (c > 27 && c < 32))
            return true;
    }
    return false;
}

static uint32_t little32(struct slice head, size_t offset) {
    unsigned char b[4] = {0};
    for (size_t i = 0; i < 4 && offset + i < head.size; i++)
        b[i] = (unsigned char)head.data[offset + i];
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

/* After the mark of an Arrow message comes the size of its metadata, which is padded
 * to eight bytes, and they begin with an offset into themselves. */
static bool is_arrow(struct slice head) {
    enum { METADATA_MAX = 16 << 20 };
    uint32_t size = little32(head, 4), root = little32(head, 8);
    return head.size >= 12 && size > 0 && size < METADATA_MAX && size % 8 == 0 &&
           root > 0 && root < size;
}

/* Two reserved fields of zeros, and one of the sizes that the next header may have. */
static bool is_bmp(struct slice head) {
    enum { RESERVED_AT = 6, HEADER_AT = 14, HEADER_MIN = 12, HEADER_MAX = 124 };
    uint32_t size = little32(head, HEADER_AT);
    return head.size >= HEADER_AT + 4 && little32(head, RESERVED_AT) == 0 &&
           size >= HEADER_MIN && size <= HEADER_MAX;
}

/* Words of a DOS header: some are zero in all of them. */
static bool is_program(struct slice head) {
    enum { HEADER_BYTES = 64 };
    size_t size = head.size < HEADER_BYTES ? head.size : HEADER_BYTES;
    return memchr(head.data, '\0', size) != NULL;
}

/* Sixteen or more digits of a cpio header in text: octal, or hexadecimal. */
static bool is_cpio(struct slice head) {
    enum { MAGIC_BYTES = 6, DIGITS = 40 };
    static const char digits[] = "0123456789abcdefABCDEF";
    for (size_t i = MAGIC_BYTES; i < MAGIC_BYTES + DIGITS; i++)
        if (i >= head.size || head.data[i] == '\0' || !strchr(digits, head.data[i]))
            return false;
    return true;
}

/* "-lh5-" and the like. */
static bool is_lha(struct slice head) {
    return head.size > 21 && head.data[6] == '-' && strchr("hz", head.data[4]) &&
           head.data[4] != '\0';
}

/* The name of a zip archive's first file ends so. */
static bool zip_name_ends(struct slice head, const char *suffix) {
    enum { NAME_SIZE_AT = 26, NAME_AT = 30 };
    size_t size = little32(head, NAME_SIZE_AT) & 0xffff, n = strlen(suffix);
    return size >= n && head.size >= NAME_AT + size &&
           memcmp(head.data + NAME_AT + size - n, suffix, n) == 0;
}

static bool is_npz(struct slice head) { return zip_name_ends(head, ".npy"); }
static bool is_torch(struct slice head) { return zip_name_ends(head, "/data.pkl"); }

/* The size of the header, below 2^40, stands in front of it. */
static bool is_safetensors(struct slice head) {
    return head.size > 9 && little32(head, 0) > 2 &&
           memcmp(head.data + 5, "\0\0\0", 3) == 0;
}

static bool is_uuencoded(struct slice head) {
    return head.size > 10 && head.data[6] >= '0' && head.data[6] <= '7' &&
           head.data[9] == ' ';
}

/* ---- the table ---- */

/* clang-format off */
#define AT(offset, literal) literal, sizeof(literal) - 1, offset
#define IS NULL, 0, 0
static const struct signature table[] = {
    /* unpacked here */
    {AT(0, "\x1f\x8b\x08"), SIGNATURE_GUNZIP, "packed by gzip", NULL},
    {AT(0, "\xfd\x37zXZ\0"), SIGNATURE_UNPACK, "packed by xz", NULL},
    {AT(0, "\x28\xb5\x2f\xfd"), SIGNATURE_UNPACK, "packed by zstd", NULL},
    {AT(0, "\x04\x22\x4d\x18"), SIGNATURE_UNPACK, "packed by lz4", NULL},
    {AT(0, "\x02\x21\x4c\x18"), SIGNATURE_UNPACK, "packed by lz4 of old", NULL},
    {AT(0, "BZh"), SIGNATURE_UNPACK, "packed by bzip2", packing_is_bzip2},
    {IS, SIGNATURE_UNPACK, "packed by lzma", packing_is_lzma},
    {IS, SIGNATURE_TAR, "a tar", packing_is_tar},
    /* archives */
    {AT(30, "mimetypeapplication/epub+zip"), SIGNATURE_BINARY, "an EPUB book", NULL},
    {AT(30, "mimetypeapplication/vnd.oasis.opendocument"), SIGNATURE_BINARY,
     "an OpenDocument file", NULL},
    {AT(30, "[Content_Types].xml"), SIGNATURE_BINARY,
     "an Office file (docx, xlsx, pptx)", NULL},
    {AT(0, "PK\x03\x04"), SIGNATURE_BINARY, "a NumPy archive (npz)", is_npz},
    {AT(0, "PK\x03\x04"), SIGNATURE_BINARY, "a PyTorch file", is_torch},
    {AT(0, "PK\x03\x04"), SIGNATURE_BINARY, "a zip archive", NULL},
    {AT(0, "PK\x05\x06"), SIGNATURE_BINARY, "a zip archive", NULL},
    {AT(0, "PK\x07\x08"), SIGNATURE_BINARY, "a part of a zip archive", NULL},
    {AT(0, "PK\x30\x30PK"), SIGNATURE_BINARY, "a zip archive", NULL},
    {AT(0, "7z\xbc\xaf\x27\x1c"), SIGNATURE_BINARY, "a 7z archive", NULL},
    {AT(0, "Rar!\x1a\x07"), SIGNATURE_BINARY, "a rar archive", NULL},
    {AT(0, "RE~^"), SIGNATURE_BINARY, "a rar archive", is_binary},
    {AT(0, "070701"), SIGNATURE_BINARY, "a cpio archive", is_cpio},
    {AT(0, "070702"), SIGNATURE_BINARY, "a cpio archive", is_cpio},
    {AT(0, "070707"), SIGNATURE_BINARY, "a cpio archive", is_cpio},
    {AT(0, "\xc7\x71"), SIGNATURE_BINARY, "a cpio archive", is_binary},
    {AT(0, "\x71\xc7"), SIGNATURE_BINARY, "a cpio archive", is_binary},
    {AT(0, "!<arch>\ndebian-binary"), SIGNATURE_BINARY, "a Debian package", NULL},
    {AT(0, "!<arch>\n"), SIGNATURE_BINARY, "an ar archive", NULL},
    {AT(0, "!<thin>\n"), SIGNATURE_BINARY, "an ar archive", NULL},
    {AT(2, "-l"), SIGNATURE_BINARY, "an lha archive", is_lha},
    {AT(0, "MSCF\0\0\0\0"), SIGNATURE_BINARY, "a cab archive", NULL},
    {AT(0, "xar!\0"), SIGNATURE_BINARY, "a xar archive", NULL},
    {AT(7, "**ACE**"), SIGNATURE_BINARY, "an ace archive", is_binary},
    {AT(0, "\x60\xea"), SIGNATURE_BINARY, "an arj archive", is_binary},
    {AT(20, "\xdc\xa7\xc4\xfd"), SIGNATURE_BINARY, "a zoo archive", NULL},
    {AT(0, "MSWIM\0\0\0"), SIGNATURE_BINARY, "a wim image", NULL},
    {AT(0, "hsqs"), SIGNATURE_BINARY, "a squashfs image", is_binary},
    {AT(0, "\xed\xab\xee\xdb"), SIGNATURE_BINARY, "an rpm package", NULL},
    {AT(0, "x\x01s\rbb`"), SIGNATURE_BINARY, "a dmg image", NULL},
    {AT(0, "encrcdsa"), SIGNATURE_BINARY, "a dmg image", is_binary},
    {AT(SIGNATURE_ISO_AT, "CD001"), SIGNATURE_BINARY, "an ISO image", NULL},
    {AT(0, "filedesc://"), SIGNATURE_BINARY, "an ARC file", NULL},
    /* packings */
    {AT(0, "\x1f\x9d"), SIGNATURE_BINARY, "packed by compress (.Z)", NULL},
    {AT(0, "\x1f\xa0"), SIGNATURE_BINARY, "packed by compress (.Z)", NULL},
    {AT(0, "\x1f\x1e"), SIGNATURE_BINARY, "packed by pack (.z)", NULL},
    {AT(0, "\x89LZO\0\r\n\x1a\n"), SIGNATURE_BINARY, "packed by lzop", NULL},
    {AT(0, "LZIP\x01"), SIGNATURE_BINARY, "packed by lzip", NULL},
    {AT(0, "LRZI"), SIGNATURE_BINARY, "packed by lrzip", is_binary},
    {AT(0, "RZIP"), SIGNATURE_BINARY, "packed by rzip", is_binary},
    {AT(0, "GRZipII"), SIGNATURE_BINARY, "packed by grzip", is_binary},
    {AT(0, "7kSt"), SIGNATURE_BINARY, "packed by zpaq", is_binary},
    {AT(0, "\xff\x06\0\0sNaPpY"), SIGNATURE_BINARY, "packed by snappy", NULL},
    {AT(0, "x\x01"), SIGNATURE_BINARY, "packed by zlib", NULL},
    {AT(0, "x\x9c"), SIGNATURE_BINARY, "packed by zlib", NULL},
    {AT(0, "x\xda"), SIGNATURE_BINARY, "packed by zlib", is_binary},
    {AT(0, "\x37\xa4\x30\xec"), SIGNATURE_BINARY, "a dictionary of zstd", NULL},
    {AT(0, "Salted__"), SIGNATURE_BINARY, "encrypted by OpenSSL", is_binary},
    {AT(0, "age-encryption.org/"), SIGNATURE_BINARY, "encrypted by age", NULL},
    {AT(0, "-----BEGIN PGP MESSAGE"), SIGNATURE_TEXT, "encrypted by PGP", NULL},
    {AT(0, "begin "), SIGNATURE_TEXT, "uuencoded", is_uuencoded},
    /* tables and data */
    {AT(0, "PAR1"), SIGNATURE_BINARY, "a Parquet file", is_binary},
    {AT(0, "PARE"), SIGNATURE_BINARY, "an encrypted Parquet file", is_binary},
    {AT(0, "ARROW1\0\0"), SIGNATURE_BINARY, "an Arrow file", NULL},
    {AT(0, "FEA1"), SIGNATURE_BINARY, "a Feather file", is_binary},
    {AT(0, "\xff\xff\xff\xff"), SIGNATURE_BINARY, "an Arrow stream", is_arrow},
    {AT(0, "ORC"), SIGNATURE_BINARY, "an ORC file", is_binary},
    {AT(0, "Obj\x01"), SIGNATURE_BINARY, "an Avro file", NULL},
    {AT(0, "\x89HDF\r\n"), SIGNATURE_BINARY, "an HDF5 file", NULL},
    {AT(0, "CDF\x01"), SIGNATURE_BINARY, "a NetCDF file", NULL},
    {AT(0, "CDF\x02"), SIGNATURE_BINARY, "a NetCDF file", NULL},
    {AT(0, "SQLite format 3"), SIGNATURE_BINARY, "an SQLite file", is_binary},
    {AT(4, "Standard Jet DB"), SIGNATURE_BINARY, "an Access database", NULL},
    {AT(4, "Standard ACE DB"), SIGNATURE_BINARY, "an Access database", NULL},
    {AT(0, "\x93NUMPY"), SIGNATURE_BINARY, "a NumPy array", NULL},
    {AT(0, "\x80\x02"), SIGNATURE_BINARY, "a Python pickle", NULL},
    {AT(0, "\x80\x03"), SIGNATURE_BINARY, "a Python pickle", NULL},
    {AT(0, "\x80\x04\x95"), SIGNATURE_BINARY, "a Python pickle", NULL},
    {AT(0, "\x80\x05\x95"), SIGNATURE_BINARY, "a Python pickle", NULL},
    {AT(8, "{\""), SIGNATURE_BINARY, "a safetensors file", is_safetensors},
    {AT(0, "GGUF"), SIGNATURE_BINARY, "a GGUF file", is_binary},
    {AT(0, "MATLAB 5.0 MAT-file"), SIGNATURE_BINARY, "a MATLAB file", is_binary},
    /* documents */
    {AT(0, "%PDF-"), SIGNATURE_BINARY, "a PDF", NULL},
    {AT(0, "%!PS"), SIGNATURE_TEXT, "a PostScript file", NULL},
    {AT(0, "{\\rtf"), SIGNATURE_TEXT, "an RTF file", NULL},
    {AT(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), SIGNATURE_BINARY,
     "an Office file (doc, xls, ppt)", NULL},
    {AT(60, "BOOKMOBI"), SIGNATURE_BINARY, "a Mobipocket book", is_binary},
    {AT(0, "AT&TFORM"), SIGNATURE_BINARY, "a DjVu file", is_binary},
    /* programs, pictures, sound, films, fonts */
    {AT(0, "\x7f" "ELF"), SIGNATURE_BINARY, "an ELF file", NULL},
    {AT(0, "MZ"), SIGNATURE_BINARY, "a Windows program", is_program},
    {AT(0, "\xca\xfe\xba\xbe"), SIGNATURE_BINARY, "a Java class or Mach-O file", NULL},
    {AT(0, "\xcf\xfa\xed\xfe"), SIGNATURE_BINARY, "a Mach-O file", NULL},
    {AT(0, "\0asm"), SIGNATURE_BINARY, "a WebAssembly file", NULL},
    {AT(0, "\x89PNG\r\n"), SIGNATURE_BINARY, "a PNG image", NULL},
    {AT(0, "\xff\xd8\xff"), SIGNATURE_BINARY, "a JPEG image", NULL},
    {AT(0, "GIF87a"), SIGNATURE_BINARY, "a GIF image", is_binary},
    {AT(0, "GIF89a"), SIGNATURE_BINARY, "a GIF image", is_binary},
    {AT(0, "BM"), SIGNATURE_BINARY, "a BMP image", is_bmp},
    {AT(0, "II*\0"), SIGNATURE_BINARY, "a TIFF image", NULL},
    {AT(0, "MM\0*"), SIGNATURE_BINARY, "a TIFF image", NULL},
    {AT(8, "WEBP"), SIGNATURE_BINARY, "a WebP image", is_binary},
    {AT(8, "WAVE"), SIGNATURE_BINARY, "a WAV file", is_binary},
    {AT(8, "AVI "), SIGNATURE_BINARY, "an AVI file", is_binary},
    {AT(0, "8BPS\0"), SIGNATURE_BINARY, "a Photoshop image", NULL},
    {AT(4, "ftyp"), SIGNATURE_BINARY, "an MP4 or HEIF file", is_binary},
    {AT(0, "ID3"), SIGNATURE_BINARY, "an MP3 file", is_binary},
    {AT(0, "OggS\0"), SIGNATURE_BINARY, "an Ogg file", NULL},
    {AT(0, "fLaC\0"), SIGNATURE_BINARY, "a FLAC file", NULL},
    {AT(0, "\x1a\x45\xdf\xa3"), SIGNATURE_BINARY, "a Matroska file", NULL},
    {AT(0, "wOFF"), SIGNATURE_BINARY, "a font", is_binary},
    {AT(0, "wOF2"), SIGNATURE_BINARY, "a font", is_binary},
    {AT(0, "OTTO\0"), SIGNATURE_BINARY, "a font", NULL},
    {AT(0, "\0\x01\0\0\0"), SIGNATURE_BINARY, "a font", NULL},
    /* text that is no prose */
    {AT(0, "\xff\xfe\0\0"), SIGNATURE_TEXT, "text in UTF-32, not UTF-8", NULL},
    {AT(0, "\0\0\xfe\xff"), SIGNATURE_TEXT, "text in UTF-32, not UTF-8", NULL},
    {AT(0, "\xff\xfe"), SIGNATURE_TEXT, "text in UTF-16, not UTF-8", NULL},
    {AT(0, "\xfe\xff"), SIGNATURE_TEXT, "text in UTF-16, not UTF-8", NULL},
    {IS, SIGNATURE_TEXT, "HTML", textkind_is_html},
    {IS, SIGNATURE_TEXT, "XML of no known kind", textkind_is_xml},
    {IS, SIGNATURE_TEXT, "JSON without objects", textkind_is_json},
    {IS, SIGNATURE_TEXT, "a list of addresses or paths", textkind_is_path_list},
};
/* clang-format on */
enum { ROWS = sizeof table / sizeof *table };

static bool fits(const struct signature *row, struct slice head) {
    if (row->size > 0 && (head.size < row->offset + row->size ||
                          memcmp(head.data + row->offset, row->bytes, row->size) != 0))
        return false;
    return row->agrees == NULL || row->agrees(head);
}

const struct signature *signature_find(struct slice head) {
    for (size_t i = 0; head.size > 0 && i < ROWS; i++)
        if (fits(&table[i], head))
            return &table[i];
    return NULL;
}

const char *signature_name(struct slice head) {
    const struct signature *row = signature_find(head);
    if (row == NULL)
        return packing_skips(head) > 0 ? "packed once more" : NULL;
    if (row->use == SIGNATURE_GUNZIP || row->use == SIGNATURE_UNPACK)
        return "packed once more";
    return row->use == SIGNATURE_TAR ? "a tar inside of a tar" : row->name;
}
