package demo

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// A story waits for patience for each message, and looks at the send log every interval.
const (
	patience = 30 * time.Second
	interval = 50 * time.Millisecond
)

// tellMessage prints the progress of the chapter's message until its last status. A message may stop before, for instance
// if an earlier run left its app unable to send; then the last line says why, and where to look.
func tellMessage(ctx context.Context, w *world.World, out io.Writer, c chapter, occurred string) error {
	told := map[message.Status]bool{}
	var entry lab.LogEntry

	deadline := w.Clock.Now().Add(patience)
	for w.Clock.Now().Before(deadline) {
		now, found, err := storyEntry(ctx, w, c.order, occurred)
		if err != nil {
			return err
		}
		if found {
			entry = now
			tell(out, entry, told)
			if told[c.last] || over(entry.Status) {
				break
			}
		}
		if err := clock.Wait(ctx, w.Clock, interval); err != nil {
			return err
		}
	}

	if !told[c.last] {
		fmt.Fprint(out, unfinished(entry, w.URL+"/local/send-log?orderId="+c.order))
	}

	return nil
}

// over reports whether a message of this status gets no further within the story.
func over(s message.Status) bool {
	return slices.Contains([]message.Status{message.StatusRefused, message.StatusDropped, message.StatusFailed, message.StatusHeld}, s)
}

// unfinished returns the last line about a message that did not reach the end of its chapter; log is the URL of its send log.
func unfinished(e lab.LogEntry, log string) string {
	state, why := string(e.Status), ""
	if state == "" {
		state = "nothing"
	}

	if e.HeldBy != "" {
		why = e.HeldBy + ": "
	}

	for n := len(e.Attempts); n > 0 && why == ""; n-- {
		if a := e.Attempts[message.Number(n)]; a.Class != "" {
			why = strings.TrimSpace(a.Class+" "+a.Code) + ": "
		}
	}

	return fmt.Sprintf("  %-11s %ssee %s\n", state, why, log)
}

// storyEntry returns the entry of the message whose event occurred at that time.
func storyEntry(ctx context.Context, w *world.World, orderID, occurred string) (lab.LogEntry, bool, error) {
	entries, err := lab.SendLog(ctx, w.Parts.Store, orderID)
	if err != nil {
		return lab.LogEntry{}, false, err
	}

	for _, e := range entries {
		if e.Occurred != nil && e.Occurred.In(config.IST).Format(time.DateTime) == occurred {
			return e, true, nil
		}
	}

	return lab.LogEntry{}, false, nil
}

// what returns what is sent: a template, or the event itself where the provider has templates of its own.
func what(e lab.LogEntry) string {
	if e.Template == "" {
		return "the event"
	}
	return "template " + e.Template
}

// tell prints what is new of a message, and notes it in told. Times are in the platform's zone, as the event's is, and cut to seconds, as most providers give them: beside our
// own milliseconds a message would seem sent before it was accepted.
func tell(out io.Writer, e lab.LogEntry, told map[message.Status]bool) {
	if !told[message.StatusSending] {
		told[message.StatusSending] = true

		switch {
		case e.Status == message.StatusWaiting && e.Reason != "" && e.Due != nil:
			fmt.Fprintf(out, "  decision    not sent before %s: %s\n", e.Due.In(config.IST).Format("15:04 MST"), e.Reason)
		case e.Reason != "":
			fmt.Fprintf(out, "  decision    not sent: %s\n", e.Reason)
		default:
			fmt.Fprintf(out, "  decision    send %s through app %s to %s\n", what(e), e.App, e.Phone)
		}
	}

	for _, status := range []message.Status{message.StatusAccepted, message.StatusSent, message.StatusDelivered, message.StatusRead} {
		for _, a := range e.Attempts {
			at, reached := a.At[string(status)]
			if reached && !told[status] {
				told[status] = true
				fmt.Fprintf(out, "  %-11s %s\n", status, at.In(config.IST).Format("15:04:05 MST"))
			}
		}
	}
}
