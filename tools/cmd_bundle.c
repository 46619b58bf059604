/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead bundle: puts boot stage, signed configuration and images onto a boot medium. */
#include "tools/bundle/bundle.h"
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/print.h"

#include <stdlib.h>

struct bundle_arguments {
    struct bundle_sources sources;
    struct images images;
    const char *esp, *folder, *iso;
    bool force, as_json;
};

static bool write_media(const struct bundle_arguments *arguments, const struct bundle *bundle, struct report *report)
{
    enum file_policy policy = arguments->force ? FILE_REPLACE : FILE_NEW;
    return (arguments->folder == NULL || bundle_write_folder(bundle, arguments->folder, policy, report)) &&
           (arguments->esp == NULL || bundle_write_esp(bundle, arguments->esp, policy, report)) &&
           (arguments->iso == NULL || bundle_write_iso(bundle, arguments->iso, policy, report));
}

static json_t *path_or_null(const char *path)
{
    return path == NULL ? json_null() : json_string(path);
}

static void print_done(const struct bundle_arguments *arguments, const struct bundle *bundle)
{
    if (arguments->as_json) {
        print_json(json_pack("{s:b, s:[], s:s, s:i, s:o, s:o, s:o}", "ok", 1, "findings", "release",
                             bundle->system.release, "images", (int)bundle->image_count, "esp",
                             path_or_null(arguments->esp), "folder", path_or_null(arguments->folder), "iso",
                             path_or_null(arguments->iso)));
        return;
    }
    const char *const outputs[] = {arguments->esp, arguments->folder, arguments->iso};
    const char *const kinds[] = {"disk image with an EFI system partition", "content of an EFI system partition",
                                 "ISO for BIOS machines (GRUB)"};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        if (outputs[i] != NULL)
            printf("%s: %s, release %s, %zu images\n", outputs[i], kinds[i], bundle->system.release,
                   bundle->image_count);
}

static int make_bundle(const struct bundle_arguments *arguments)
{
    struct report report;
    static struct bundle bundle; /* large */
    report_init(&report);
    bool good = bundle_collect(&arguments->sources, &bundle, &report) && write_media(arguments, &bundle, &report);
    if (good)
        print_done(arguments, &bundle);
    bundle_free(&bundle);
    return good ? EXIT_CODE_OK : print_verdict(&report, arguments->as_json);
}

int cmd_bundle(int argc, char **argv)
{
    struct bundle_arguments a = {0};
    const struct option options[] = {
        TRUST_OPTIONS(a.sources.trust),
        {.name = "esp",
         .argument = "DISK.img",
         .help = "write a disk image: GPT with an EFI system partition",
         .value = &a.esp},
        {.name = "folder",
         .argument = "FOLDER",
         .help = "write the content of an EFI system partition into FOLDER",
         .value = &a.folder},
        {.name = "iso",
         .argument = "DISC.iso",
         .help = "write an ISO for BIOS machines (GRUB, Multiboot2)",
         .value = &a.iso},
        {.name = "efi",
         .argument = "BULKHEAD.efi",
         .help = "the boot image (default: build/bulkhead.efi)",
         .value = &a.sources.efi},
        IMAGES_OPTIONS(a.images),
        {.name = "sb-key",
         .argument = "KEY.pem",
         .help = "sign the boot image for UEFI Secure Boot with this key",
         .value = &a.sources.secure_boot_key},
        {.name = "sb-cert",
         .argument = "CERT.pem",
         .help = "... and this certificate",
         .value = &a.sources.secure_boot_certificate},
        {.name = "force", .help = "replace output files", .flag = &a.force},
        {.name = "json", .help = "print the result as JSON", .flag = &a.as_json},
    };
    const struct command_line line = {
        .name = "bundle",
        .usage = "SYSTEM.bkc --key KEY.pem --esp DISK.img",
        .help = "Puts the boot image, a signed configuration and its images onto a boot medium.\n"
                "Everything is checked first as the machine will check it: signatures, configuration, digests.\n"
                "The image is made to trust what --key, or --root-key with --manifest, names: docs/container.md.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = 1,
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &a.sources.container, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    const char *misuse = trust_misuse(&a.sources.trust);
    if (misuse != NULL)
        return command_misused(&line, misuse);
    if (a.esp == NULL && a.folder == NULL && a.iso == NULL)
        return command_misused(&line, "give at least one of --esp, --folder and --iso");
    if ((a.sources.secure_boot_key == NULL) != (a.sources.secure_boot_certificate == NULL))
        return command_misused(&line, "--sb-key and --sb-cert belong together");
    if (a.sources.efi == NULL)
        a.sources.efi = "build/bulkhead.efi";
    images_set_fallback(&a.images, a.sources.container);
    a.sources.images = &a.images;
    return make_bundle(&a);
}
