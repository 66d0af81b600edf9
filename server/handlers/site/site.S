/*
 * site.S - the page index.html as read-only bytes: tri_site_template up to tri_site_template_end.
 */
    .section .rodata
    .global tri_site_template
    .global tri_site_template_end
    .balign 16
tri_site_template:
    .incbin "site/index.html"
tri_site_template_end:
    .byte 0

    .section .note.GNU-stack, "", %progbits
