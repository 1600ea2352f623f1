package lab

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// maxFaults is the most faults of each list.
const maxFaults = 1000

// faultLists is the body of /local/faults: the faults of the simulators and of the local cloud. Active lists the rules of the cloud
// that are in force, with their ids and counts; it is ignored in a request.
type faultLists struct {
	Simulator []simulator.Fault  `json:"simulator"`
	Cloud     []cloud.Rule       `json:"cloud,omitempty"`
	Active    []cloud.ActiveRule `json:"active,omitempty"`
}

// faults answers with the faults in force, after replacing (PUT) or clearing (DELETE) them.
func (l *Lab) faults(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet, http.MethodPut, http.MethodDelete); err != nil {
		return err
	}

	switch r.Method {
	case http.MethodPut:
		if err := l.setFaults(rw, r); err != nil {
			return err
		}
	case http.MethodDelete:
		l.Simulator.Faults().Clear()
		l.Cloud.Rules().Clear()
	default:
	}

	shown := faultLists{Simulator: l.Simulator.Faults().All(), Active: l.Cloud.Rules().List()}
	if shown.Simulator == nil {
		shown.Simulator = []simulator.Fault{}
	}

	return httpx.WriteJSON(rw, http.StatusOK, shown)
}

// setFaults replaces all faults with those of the request.
func (l *Lab) setFaults(rw http.ResponseWriter, r *http.Request) error {
	body, err := httpx.ReadBody(rw, r, maxBody)
	if err != nil {
		return err
	}

	var wanted faultLists
	if err = httpx.DecodeJSON(body, &wanted); err != nil {
		return err
	}
	if len(wanted.Simulator) > maxFaults || len(wanted.Cloud) > maxFaults {
		return fault.Field("body", fmt.Sprintf("has more than %d faults", maxFaults))
	}

	// Both lists are set or neither. The errors of the lists quote what they were given, so they do not reach the answer.
	before := l.Simulator.Faults().All()
	if err := l.Simulator.Faults().Set(wanted.Simulator); err != nil {
		return fault.Field("simulator", "has a fault that cannot be set: mode is none of the listed, fail_callback lacks its code, or skip, times, delayMs, status or id is wrong")
	}

	if err := l.setRules(wanted.Cloud); err != nil {
		wrong := fault.Field("cloud", `has a rule that cannot be set: mode is none of the listed, delay lacks its delay such as "250ms", or skip, times, code or id is wrong`)
		return errors.Join(wrong, l.Simulator.Faults().Set(before))
	}

	return nil
}

// setRules replaces the cloud's rules. If one of them cannot be set, those in force before stay.
func (l *Lab) setRules(wanted []cloud.Rule) error {
	faults := l.Cloud.Rules()
	before := faults.List()

	faults.Clear()

	for _, rule := range wanted {
		if _, err := faults.Add(rule); err != nil {
			faults.Clear()

			for _, old := range before {
				_, again := faults.Add(old.Rule)
				err = errors.Join(err, again)
			}

			return err
		}
	}

	return nil
}
