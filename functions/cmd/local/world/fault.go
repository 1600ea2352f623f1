package world

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// maxFaults is the most faults of each kind.
const maxFaults = 1000

// Faults are the faults of the simulator and of the local cloud.
type Faults struct {
	Simulator []simulator.Fault  `json:"simulator"`
	Cloud     []cloud.Rule       `json:"cloud,omitempty"`
	Active    []cloud.ActiveRule `json:"active,omitempty"`
}

// faults reads, replaces or clears the faults.
func (w *World) faults(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet, http.MethodPut, http.MethodDelete); err != nil {
		return err
	}
	switch r.Method {
	case http.MethodPut:
		if err := w.setFaults(rw, r); err != nil {
			return err
		}
	case http.MethodDelete:
		w.Simulator.ClearFaults()
		w.Cloud.Faults().Clear()
	default:
	}
	shown := Faults{Simulator: w.Simulator.Faults(), Active: w.Cloud.Faults().List()}
	if shown.Simulator == nil {
		shown.Simulator = []simulator.Fault{}
	}
	return httpx.WriteJSON(rw, http.StatusOK, shown)
}

func (w *World) setFaults(rw http.ResponseWriter, r *http.Request) error {
	body, err := httpx.ReadBody(rw, r, maxLocal)
	if err != nil {
		return err
	}
	var wanted Faults
	if err = httpx.DecodeJSON(body, &wanted); err != nil {
		return err
	}
	if len(wanted.Simulator) > maxFaults || len(wanted.Cloud) > maxFaults {
		return fault.Field("body", fmt.Sprintf("has more than %d faults", maxFaults))
	}
	// Both or neither: what was in force stays if one of the two lists cannot be set. The lists' own errors quote what they
	// were given, and are not repeated.
	before := w.Simulator.Faults()
	if err := w.Simulator.SetFaults(wanted.Simulator); err != nil {
		return fault.Field("simulator", "has a fault that cannot be set: mode is none of the listed, fail_callback lacks its code, or skip, times, delayMs, status or id is wrong")
	}
	if err := w.setRules(wanted.Cloud); err != nil {
		wrong := fault.Field("cloud", `has a rule that cannot be set: mode is none of the listed, delay lacks its delay such as "250ms", or skip, times, code or id is wrong`)
		return errors.Join(wrong, w.Simulator.SetFaults(before))
	}
	return nil
}

// setRules replaces the cloud's rules, or leaves those that were in force.
func (w *World) setRules(wanted []cloud.Rule) error {
	faults := w.Cloud.Faults()
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
