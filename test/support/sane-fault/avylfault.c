/*
 * A SANE backend whose devices fail in the ways that real drivers do. The name of the device says how: `ok` does not.
 * A page is 8-bit or 1-bit samples; byte `column` of line `line` is (7 * line + column) mod 251, padding is 0xAA.
 */
#include <sane/sane.h>
#include <sane/saneopts.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { count, source, mode, resolution, left, top, right, bottom, pages, options };

static const char *const names[] = {
  "ok",          "slow",        "segv-open",     "hang-open", "busy",     "denied",   "unplugged",
  "abort-start", "segv-read",   "hang-read",     "exit-read", "segv-cancel", "hang-cancel", "hang-close",
  "sigterm-steal", "jam",       "cover",         "disconnect", "short",    "long",     "padded",
  "hand",        "later",       "rounding",      "pixels",    "three-pass", "senseless", "narrow",
  "dead-after-cancel", "breaks-fine", NULL};
static SANE_Device devices[sizeof names / sizeof *names];
static const SANE_Device *list[sizeof names / sizeof *names];

static SANE_String_Const sources[] = {"Flatbed", "ADF", NULL};
static SANE_String_Const modes[] = {"Color", "Gray", "Lineart", NULL};
static const SANE_Word resolutions[] = {5, 75, 100, 150, 300, 600};
static const SANE_Range width = {0, SANE_FIX (216), 0}, height = {0, SANE_FIX (297), 0};
static const SANE_Range wide = {0, 5100, 1}, high = {0, 7014, 1};
static const SANE_Range feeder = {0, 100, 1};

static struct {
  const char *name;
  char source[16], mode[16];
  SANE_Word words[options];
  SANE_Option_Descriptor descriptors[options];
  SANE_Parameters parameters;
  int row_bytes, sent, fed, turns, scanning;
} device;

static int is (const char *name) { return strcmp (device.name, name) == 0; }
static int *volatile nowhere;
/* What a device remembers when the process is gone: the name of a file in the environment, there once it is dead. */
static int dead (int now) {
  const char *file = getenv ("AVYLFAULT_DEAD");
  if (!file) return 0;
  if (now) close (open (file, O_CREAT | O_WRONLY, 0600));
  return access (file, F_OK) == 0;
}
static void crash (void) { *nowhere = 1; }
static void hang (void) {
  signal (SIGINT, SIG_IGN);
  signal (SIGTERM, SIG_IGN);
  for (;;) sleep (1000);
}

SANE_Status sane_avylfault_init (SANE_Int *version, SANE_Auth_Callback authorize) {
  (void) authorize;
  if (version) *version = SANE_VERSION_CODE (1, 0, 0);
  for (int i = 0; names[i]; i++) {
    devices[i] = (SANE_Device) {names[i], "Avyl", "Fault", "virtual device"};
    list[i] = &devices[i];
  }
  return SANE_STATUS_GOOD;
}
void sane_avylfault_exit (void) {}
SANE_Status sane_avylfault_get_devices (const SANE_Device ***found, SANE_Bool local) {
  (void) local;
  *found = list;
  return SANE_STATUS_GOOD;
}

static void describe (int at, const char *name, SANE_Value_Type type, SANE_Unit unit, SANE_Int size, SANE_Word word) {
  SANE_Option_Descriptor *option = &device.descriptors[at];
  memset (option, 0, sizeof *option);
  option->name = option->title = option->desc = name;
  option->type = type;
  option->unit = unit;
  option->size = size;
  option->cap = at == count ? SANE_CAP_SOFT_DETECT : SANE_CAP_SOFT_SELECT | SANE_CAP_SOFT_DETECT;
  device.words[at] = word;
}
static void ranged (int at, const SANE_Range *range) {
  device.descriptors[at].constraint_type = SANE_CONSTRAINT_RANGE;
  device.descriptors[at].constraint.range = range;
}

SANE_Status sane_avylfault_open (SANE_String_Const name, SANE_Handle *handle) {
  memset (&device, 0, sizeof device);
  if (!*name) device.name = names[0];
  for (int i = 0; names[i]; i++)
    if (strcmp (names[i], name) == 0) device.name = names[i];
  if (!device.name) return SANE_STATUS_INVAL;
  if (is ("segv-open")) crash ();
  if (is ("hang-open")) hang ();
  if (is ("busy")) return SANE_STATUS_DEVICE_BUSY;
  if (is ("denied")) return SANE_STATUS_ACCESS_DENIED;
  if (is ("dead-after-cancel") && dead (0)) return SANE_STATUS_IO_ERROR;
  if (is ("unplugged")) return SANE_STATUS_IO_ERROR;
  int in_pixels = is ("pixels");
  SANE_Value_Type edge = in_pixels ? SANE_TYPE_INT : SANE_TYPE_FIXED;
  SANE_Unit unit = in_pixels ? SANE_UNIT_PIXEL : SANE_UNIT_MM;
  describe (count, "", SANE_TYPE_INT, SANE_UNIT_NONE, sizeof (SANE_Word), options);
  describe (source, SANE_NAME_SCAN_SOURCE, SANE_TYPE_STRING, SANE_UNIT_NONE, 16, 0);
  describe (mode, SANE_NAME_SCAN_MODE, SANE_TYPE_STRING, SANE_UNIT_NONE, 16, 0);
  describe (resolution, SANE_NAME_SCAN_RESOLUTION, SANE_TYPE_INT, SANE_UNIT_DPI, sizeof (SANE_Word),
            in_pixels ? 600 : 75);
  describe (left, SANE_NAME_SCAN_TL_X, edge, unit, sizeof (SANE_Word), 0);
  describe (top, SANE_NAME_SCAN_TL_Y, edge, unit, sizeof (SANE_Word), 0);
  describe (right, SANE_NAME_SCAN_BR_X, edge, unit, sizeof (SANE_Word), in_pixels ? wide.max : width.max);
  describe (bottom, SANE_NAME_SCAN_BR_Y, edge, unit, sizeof (SANE_Word), in_pixels ? high.max : height.max);
  describe (pages, "pages", SANE_TYPE_INT, SANE_UNIT_NONE, sizeof (SANE_Word), 3);
  device.descriptors[source].constraint_type = SANE_CONSTRAINT_STRING_LIST;
  device.descriptors[source].constraint.string_list = sources;
  device.descriptors[mode].constraint_type = SANE_CONSTRAINT_STRING_LIST;
  device.descriptors[mode].constraint.string_list = modes;
  device.descriptors[resolution].constraint_type = SANE_CONSTRAINT_WORD_LIST;
  device.descriptors[resolution].constraint.word_list = resolutions;
  ranged (left, in_pixels ? &wide : &width);
  ranged (right, in_pixels ? &wide : &width);
  ranged (top, in_pixels ? &high : &height);
  ranged (bottom, in_pixels ? &high : &height);
  ranged (pages, &feeder);
  strcpy (device.source, "Flatbed");
  strcpy (device.mode, "Gray");
  *handle = &device;
  return SANE_STATUS_GOOD;
}

void sane_avylfault_close (SANE_Handle handle) {
  (void) handle;
  if (is ("hang-close")) hang ();
}

const SANE_Option_Descriptor *sane_avylfault_get_option_descriptor (SANE_Handle handle, SANE_Int at) {
  (void) handle;
  return at >= 0 && at < options ? &device.descriptors[at] : NULL;
}

SANE_Status sane_avylfault_control_option (SANE_Handle handle, SANE_Int at, SANE_Action action, void *value,
                                           SANE_Int *info) {
  (void) handle;
  if (at < 0 || at >= options) return SANE_STATUS_INVAL;
  char *text = at == source ? device.source : at == mode ? device.mode : NULL;
  if (info) *info = 0;
  if (action == SANE_ACTION_GET_VALUE) {
    if (text) strcpy (value, text);
    else *(SANE_Word *) value = device.words[at];
    return SANE_STATUS_GOOD;
  }
  if (action != SANE_ACTION_SET_VALUE || at == count) return SANE_STATUS_INVAL;
  if (text) strncpy (text, value, 15);
  else device.words[at] = *(SANE_Word *) value;
  /* Takes a near value and keeps still about it. */
  if (at == resolution && is ("rounding")) device.words[at] = 100;
  return SANE_STATUS_GOOD;
}

static int pixels_between (int near, int far) {
  SANE_Word length = device.words[far] - device.words[near];
  if (is ("pixels")) return length;
  return (int) (SANE_UNFIX (length) / 25.4 * device.words[resolution] + 0.5);
}

SANE_Status sane_avylfault_get_parameters (SANE_Handle handle, SANE_Parameters *parameters) {
  (void) handle;
  int colour = strcmp (device.mode, "Color") == 0;
  int binary = strcmp (device.mode, "Lineart") == 0;
  int across = pixels_between (left, right);
  device.row_bytes = binary ? (across + 7) / 8 : across * (colour ? 3 : 1);
  device.parameters = (SANE_Parameters) {
    .format = is ("three-pass") ? SANE_FRAME_RED : colour ? SANE_FRAME_RGB : SANE_FRAME_GRAY,
    .last_frame = SANE_TRUE,
    .bytes_per_line = device.row_bytes + (is ("padded") ? 13 : is ("narrow") ? -1 : 0),
    .pixels_per_line = across,
    .lines = pixels_between (top, bottom),
    .depth = binary ? 1 : 8,
  };
  if (is ("senseless")) device.parameters.bytes_per_line = -5;
  *parameters = device.parameters;
  if (is ("hand")) parameters->lines = -1;
  return SANE_STATUS_GOOD;
}

SANE_Status sane_avylfault_start (SANE_Handle handle) {
  SANE_Parameters parameters;
  if (is ("abort-start")) abort ();
  if (is ("sigterm-steal")) signal (SIGTERM, SIG_IGN);
  if (is ("cover")) return SANE_STATUS_COVER_OPEN;
  if (is ("breaks-fine") && device.words[resolution] > 300) return SANE_STATUS_IO_ERROR;
  if (strcmp (device.source, "ADF") == 0) {
    if (is ("jam") && device.fed == 2) return SANE_STATUS_JAMMED;
    if (device.fed >= device.words[pages]) return SANE_STATUS_NO_DOCS;
    device.fed++;
  }
  device.sent = device.turns = 0;
  device.scanning = 1;
  return sane_avylfault_get_parameters (handle, &parameters);
}

SANE_Status sane_avylfault_read (SANE_Handle handle, SANE_Byte *data, SANE_Int most, SANE_Int *length) {
  (void) handle;
  const SANE_Parameters *page = &device.parameters;
  int total = page->bytes_per_line * page->lines;
  int half = device.sent > total / 2;
  *length = 0;
  if (!device.scanning) return SANE_STATUS_CANCELLED;
  if (is ("later") && device.turns++ % 2 == 0) return SANE_STATUS_GOOD;
  if (is ("slow") || is ("hang-cancel") || is ("segv-cancel") || is ("sigterm-steal") ||
      is ("dead-after-cancel"))
    usleep (20000);
  if (half) {
    if (is ("segv-read")) crash ();
    if (is ("hang-read")) hang ();
    if (is ("exit-read")) _exit (0);
    if (is ("disconnect")) return SANE_STATUS_IO_ERROR;
    if (is ("short")) return SANE_STATUS_EOF;
  }
  if (is ("long")) total *= 2;
  if (device.sent >= total) {
    if (is ("dead-after-cancel")) device.scanning = 0;
    return SANE_STATUS_EOF;
  }
  /* Pieces of odd size, so that no line ends where a piece does. */
  int wanted = total - device.sent;
  if (wanted > 8191) wanted = 8191;
  if (wanted > most) wanted = most;
  for (int i = 0; i < wanted; i++) {
    int at = device.sent + i, line = at / page->bytes_per_line, column = at % page->bytes_per_line;
    data[i] = column < device.row_bytes ? (SANE_Byte) ((7 * line + column) % 251) : 0xAA;
  }
  device.sent += wanted;
  *length = wanted;
  return SANE_STATUS_GOOD;
}

void sane_avylfault_cancel (SANE_Handle handle) {
  (void) handle;
  if (device.scanning && is ("hang-cancel")) hang ();
  if (device.scanning && is ("segv-cancel")) crash ();
  if (device.scanning && is ("dead-after-cancel")) dead (1);
  device.scanning = 0;
}
SANE_Status sane_avylfault_set_io_mode (SANE_Handle handle, SANE_Bool non_blocking) {
  (void) handle;
  return non_blocking ? SANE_STATUS_UNSUPPORTED : SANE_STATUS_GOOD;
}
SANE_Status sane_avylfault_get_select_fd (SANE_Handle handle, SANE_Int *fd) {
  (void) handle, (void) fd;
  return SANE_STATUS_UNSUPPORTED;
}
