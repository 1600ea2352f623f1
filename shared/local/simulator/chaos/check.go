package chaos

import (
	"fmt"
	"slices"
)

// reporting are the systems that post callbacks: in no other can a message fail after it was accepted.
var reporting = []string{"gupshup", "kaleyra", "meta"}

// Check returns an error that wraps [ErrInvalid] and says what is wrong with the fault: what cannot be set, or what would do
// nothing, such as a detail that the mode does not use.
func (f *Fault) Check() error {
	if err := f.validate(); err != nil {
		return err
	}

	switch {
	case (f.Mode == Slow || f.Mode == LateCallbacks) && f.DelayMillis == 0:
		return fmt.Errorf("%w: delayMs is missing, which %s needs", ErrInvalid, f.Mode)
	case f.System != "" && slices.Contains(callbackModes, f.Mode) && !slices.Contains(reporting, f.System):
		return fmt.Errorf("%w: %s posts no callbacks, so that it has no mode %s", ErrInvalid, f.System, f.Mode)
	case f.System != "" && slices.Contains(outcomeModes, f.Mode) && !slices.Contains(reporting, f.System):
		return fmt.Errorf("%w: %s reports nothing of a message, so that it has no mode %s", ErrInvalid, f.System, f.Mode)
	}

	return f.checkDetails()
}

// validate returns an error about a fault that cannot be set.
func (f *Fault) validate() error {
	switch {
	case f.Mode == "":
		return fmt.Errorf("%w: mode is missing; it is one of %v", ErrInvalid, Modes())
	case !slices.Contains(Modes(), f.Mode):
		return fmt.Errorf("%w: mode is none of %v", ErrInvalid, Modes())
	case f.Skip < 0 || f.Times < 0 || f.DelayMillis < 0:
		return fmt.Errorf("%w: skip, times or delayMs is less than 0", ErrInvalid)
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("%w: status is outside 400 to 599", ErrInvalid)
	case f.Mode == FailCallback && f.Code == 0:
		return fmt.Errorf("%w: code is missing, which fail_callback needs", ErrInvalid)
	}

	return nil
}

// checkDetails requires that the fault's mode uses each detail that the fault has.
func (f *Fault) checkDetails() error {
	for _, detail := range []struct {
		name  string
		given bool
		modes []Mode
	}{
		{"path", f.Path != "", slices.Concat(transportModes, outcomeModes)},
		{"status", f.Status != 0, []Mode{Refuse, Unavailable}},
		{"message", f.Message != "", []Mode{Refuse, Throttle, WrongCredentials, Unavailable}},
		{"code", f.Code != 0, []Mode{FailCallback}},
		{"retryAfterSeconds", f.RetryAfterSeconds != 0, []Mode{Throttle}},
		{"delayMs", f.DelayMillis != 0, []Mode{Slow, LateCallbacks}},
	} {
		if detail.given && !slices.Contains(detail.modes, f.Mode) {
			return fmt.Errorf("%w: %s does nothing with mode %s, only with %v", ErrInvalid, detail.name, f.Mode, detail.modes)
		}
	}

	return nil
}
