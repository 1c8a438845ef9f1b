/*
 * For the executable that is linked statically with glibc, and for no other (see build.rs).
 *
 * What /etc/nsswitch.conf names beside `files` and `dns` (mdns4_minimal, resolve, sss, ...) glibc loads while it runs,
 * also into a static executable: libraries of whatever glibc the machine has. They fail in this one, or crash it. So
 * the two databases that are looked up here, hosts by getaddrinfo and passwd for a user without HOME, are bound to
 * what is built in. C and not Rust, which would have to be unsafe for it; the linker takes it in as it is, and it runs
 * before main.
 */
#include <features.h>
#include <nss.h>

/* `dns` is built in since then. */
#if !__GLIBC_PREREQ(2, 34)
#error "a static executable needs glibc 2.34 or later"
#endif

__attribute__((constructor)) static void look_up_with_what_is_built_in(void)
{
    __nss_configure_lookup("hosts", "files dns");
    __nss_configure_lookup("passwd", "files");
}
