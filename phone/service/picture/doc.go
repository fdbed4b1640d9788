// Package picture draws what a simulated phone shows: its screen, with clock,
// battery, apps, lock and dialogs, and the icons of its apps. The pictures are plain,
// and differ whenever what they show does.
package picture
