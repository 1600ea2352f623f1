package lab

import (
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// The one way in which a worker fails.
const (
	mortalFunction = "notify"
	diesAfterPost  = "dies_after_post"
)

// workerFault is a function whose next workers fail, so many of them.
type workerFault struct {
	Function string `json:"function"`
	Mode     string `json:"mode"`
	Times    int    `json:"times"`
}

// workerFaults returns the faults of workers that are in force.
func (l *Lab) workerFaults() []workerFault {
	if l.Workers == nil || l.Workers.Killing() == 0 {
		return []workerFault{}
	}

	return []workerFault{{mortalFunction, diesAfterPost, l.Workers.Killing()}}
}

// kill has so many workers die.
func (l *Lab) kill(times int) {
	if l.Workers != nil {
		l.Workers.KillAfterPost(times)
	}
}

// deaths reads the faults of workers, of which there is one at most, and returns how many workers are to die.
func (l *Lab) deaths(raw []json.RawMessage) (int, error) {
	switch {
	case len(raw) == 0:
		return 0, nil
	case l.Workers == nil:
		return 0, fault.Field("workers", "cannot be set: notify is a process of its own in this run, or works on Google's emulators")
	case len(raw) > 1:
		return 0, fault.Field("workers[1]", "is one too many: times is how many workers die")
	}

	var f workerFault

	at := entry("workers", 0)
	if err := strict(raw[0], at, &f, "function, mode, times"); err != nil {
		return 0, err
	}

	switch {
	case f.Function != mortalFunction:
		return 0, fault.Field(at+".function", named(f.Function)+" is not "+mortalFunction)
	case f.Mode != diesAfterPost:
		return 0, fault.Field(at+".mode", named(f.Mode)+" is not "+diesAfterPost)
	case f.Times < 1 || f.Times > maxFaults:
		return 0, fault.Field(at+".times", "must be from 1 to 1000")
	}

	return f.Times, nil
}
