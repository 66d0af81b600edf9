/*
 * page.S - what a report page is made of, as read-only bytes: tri_page_NAME up to tri_page_NAME_end.
 */
    .section .rodata
    .global tri_page_css, tri_page_css_end, tri_page_js, tri_page_js_end
    .global tri_page_charts, tri_page_charts_end, tri_page_charts_css, tri_page_charts_css_end
tri_page_css:
    .incbin TRI_PAGE_CSS
tri_page_css_end:
tri_page_js:
    .incbin TRI_PAGE_JS
tri_page_js_end:
tri_page_charts:
    .incbin TRI_CHARTS_JS
tri_page_charts_end:
tri_page_charts_css:
    .incbin TRI_CHARTS_CSS
tri_page_charts_css_end:
    .byte 0

    .section .note.GNU-stack, "", %progbits
