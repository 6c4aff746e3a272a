"""Prints every thread's stack as gdb sees it: one line "MORTEM {json}" a thread."""

import json

import gdb

FRAMES_MAX = 2000


def start_of(pc):
    """Start of the function that covers pc, by gdb's own symbol choice; None without one."""
    try:
        text = gdb.execute("info symbol 0x%x" % pc, to_string=True)
    except gdb.error:
        return None
    if text.startswith("No symbol"):
        return None
    name = text.split(" in section")[0].strip()
    offset = name.rsplit(" + ", 1)
    return pc - int(offset[1]) if len(offset) == 2 and offset[1].isdigit() else pc


def name_of(frame):
    try:
        return frame.name() or ""
    except gdb.error:
        return ""


def place_of(frame):
    """The frame that an inlined one stands in, or the frame itself."""
    while frame.type() == gdb.INLINE_FRAME and frame.older() is not None:
        frame = frame.older()
    return frame


def line_of(frame):
    """The line, as gdb prints it in a backtrace; 0 where it is not known."""
    try:
        return frame.find_sal().line
    except gdb.error:
        return 0


def frames_of_selected_thread():
    frames = []
    why = ""
    try:
        frame = gdb.newest_frame()
    except gdb.error as failure:
        return frames, str(failure)
    while frame is not None and len(frames) < FRAMES_MAX:
        try:
            pc = frame.pc()
        except gdb.error as failure:
            why = str(failure)
            break
        innermost = frame.level() == 0
        signal = frame.type() == gdb.SIGTRAMP_FRAME
        after_signal = frame.newer() is not None and frame.newer().type() == gdb.SIGTRAMP_FRAME
        lookup = pc if innermost or signal or after_signal else pc - 1
        frames.append({
            "pc": "%x" % pc,
            "name": name_of(frame),
            "start": "%x" % (start_of(lookup) or 0),
            "inlined": frame.type() == gdb.INLINE_FRAME,
            "tailCall": place_of(frame).type() == gdb.TAILCALL_FRAME,
            "line": line_of(frame),
            "signal": signal,
        })
        try:
            older = frame.older()
            if older is None:
                why = gdb.frame_stop_reason_string(frame.unwind_stop_reason())
        except gdb.error as failure:
            why = str(failure)
            break
        frame = older
    return frames, why


for inferior in gdb.inferiors():
    for thread in sorted(inferior.threads(), key=lambda one: one.num):
        thread.switch()
        found, end = frames_of_selected_thread()
        print("MORTEM " + json.dumps({"tid": thread.ptid[1], "end": end, "frames": found}))
