package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"regexp"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

var errDay = errors.New("name a day, such as 2026-11-30")

// begin notes that a command is about to change something, by its ids; a command calls it once it has checked everything, and before its first
// write. Without the note nothing may be written.
func (o ops) begin(ctx context.Context, subject string) error { return o.note.Begin(ctx, subject) }

// noted returns the argument of a command as it may be kept: a part of it that is no id, such as a number that was typed in the place of an order's, is
// [logging.Unreadable].
func noted(subject string) string {
	parts := strings.Split(subject, "/")
	for i, part := range parts {
		if !message.IsID(part) && !phone.IsKey(part) {
			parts[i] = logging.Word(part)
		}
	}

	return strings.Join(parts, "/")
}

// did prints what a command did, and has it noted. It names ids only.
func (o ops) did(format string, args ...any) {
	o.say(format, args...)
	o.note.Result(fmt.Sprintf(format, args...))
}

// end notes what came of a command that was about to change something. A file whose templates do not fit is the operator's to mend, and no fault of
// ours.
func (o ops) end(ctx context.Context, cause error) error {
	if _, unfit := errors.AsType[*settings.UnfitError](cause); unfit {
		cause = fault.Wrap(fault.Invalid, "ops", cause)
	}

	return o.note.End(ctx, cause)
}

// operations lists what was done by hand from a day on.
func (o ops) operations(ctx context.Context, day string, _ bool) error {
	since, err := time.ParseInLocation(time.DateOnly, day, o.zone)
	if err != nil {
		return errDay
	}

	all, err := o.store.Operations(ctx, since)
	if err != nil {
		return err
	}

	for _, one := range all {
		result := one.Result
		if one.DoneAt.IsZero() {
			result = "was cut off, or goes on"
		}

		o.say("%s %s: %s %s: %s", utc(one.BegunAt), one.By, one.Verb, one.Subject, result)
	}

	o.say("%s since %s", count(len(all), "operation"), utc(since))

	return nil
}

// operatorForm is what an operator may be noted as: a name that is one word, so that it can be no second line of what is listed.
var operatorForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._@-]{0,63}$`)

var errOperator = errors.New("OPERATOR must be a name: one word of letters, digits, dots, hyphens, _ and @, at most 64, that begins with a letter and has no number of a person")

// operatorOf returns who is noted with what is changed: what OPERATOR has, or the user of the machine if it is empty.
func operatorOf(name string) (string, error) {
	switch {
	case name == "":
		return whoami(), nil
	case !operatorForm.MatchString(name) || sevenDigits.MatchString(name):
		return "", errOperator
	default:
		return name, nil
	}
}

// sevenDigits are what may be somebody's number.
var sevenDigits = regexp.MustCompile(`[0-9]{7}`)

// whoami names the user of the machine.
func whoami() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}

	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}

	return name + "@" + host
}
