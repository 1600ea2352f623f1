package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// maxFaults is the most faults of each list.
const maxFaults = 1000

// faultLists is the answer of /local/faults: the faults of the simulators in force, the rules of the local cloud with what
// they have met so far, and the workers that are still to die. A PUT takes it back.
type faultLists struct {
	Simulator []simulator.Fault  `json:"simulator"`
	Cloud     []cloud.ActiveRule `json:"cloud"`
	Workers   []workerFault      `json:"workers"`
}

// wantedFaults is the body of a PUT.
type wantedFaults struct {
	Simulator []json.RawMessage `json:"simulator"`
	Cloud     []json.RawMessage `json:"cloud"`
	Workers   []json.RawMessage `json:"workers"`
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
		l.kill(0)
	default:
	}

	shown := faultLists{Simulator: l.Simulator.Faults().All(), Cloud: l.Cloud.Rules().List(), Workers: l.workerFaults()}
	if shown.Simulator == nil {
		shown.Simulator = []simulator.Fault{}
	}

	return httpx.WriteJSON(rw, http.StatusOK, shown)
}

// setFaults replaces all faults with those of the request.
func (l *Lab) setFaults(rw http.ResponseWriter, r *http.Request) error {
	var wanted wantedFaults
	if err := readStrict(rw, r, &wanted, "simulator, cloud, workers"); err != nil {
		return err
	}
	if len(wanted.Simulator) > maxFaults || len(wanted.Cloud) > maxFaults {
		return fault.Field("body", fmt.Sprintf("has more than %d faults", maxFaults))
	}

	faults, err := simulatorFaults(wanted.Simulator)
	if err != nil {
		return err
	}

	rules, err := l.cloudRules(wanted.Cloud)
	if err != nil {
		return err
	}

	deaths, err := l.deaths(wanted.Workers)
	if err != nil {
		return err
	}

	// All lists are set or none.
	before := l.Simulator.Faults().All()
	if err := l.Simulator.Faults().Set(faults); err != nil {
		return fault.Field("simulator", err.Error())
	}
	if err := l.Cloud.Rules().Set(rules); err != nil {
		return errors.Join(fault.Field("cloud", err.Error()), l.Simulator.Faults().Set(before))
	}

	l.kill(deaths)

	return nil
}

// simulatorFaults reads the faults of the simulators. A fault that could never hit, since it names no system that there is,
// is an error.
func simulatorFaults(raw []json.RawMessage) ([]simulator.Fault, error) {
	const keys = "id, system, path, appId, skip, times, mode, status, message, code, retryAfterSeconds, delayMs"

	systems := simulator.Systems()

	all := make([]simulator.Fault, len(raw))
	for i := range raw {
		at := entry("simulator", i)
		if err := strict(raw[i], at, &all[i], keys); err != nil {
			return nil, err
		}
		if s := all[i].System; s != "" && !slices.Contains(systems, s) {
			return nil, fault.Field(at+".system", named(s)+" is none of "+strings.Join(systems, ", "))
		}
		if err := all[i].Check(); err != nil {
			return nil, fault.Field(at, err.Error())
		}
	}

	return all, nil
}

// cloudRules reads the rules of the local cloud. A rule about a method that the cloud does not have is an error.
func (l *Lab) cloudRules(raw []json.RawMessage) ([]cloud.ActiveRule, error) {
	const keys = "id, method, match, skip, times, mode, code, delay, seen, hits"

	all := make([]cloud.ActiveRule, len(raw))
	for i := range raw {
		at := entry("cloud", i)
		if err := strict(raw[i], at, &all[i], keys); err != nil {
			return nil, err
		}
		if !l.Cloud.Serves(all[i].Rule) {
			return nil, fault.Field(at+".method", named(all[i].Method)+" is no method of the local cloud's, such as Commit or Firestore/Commit")
		}
		if err := all[i].Check(); err != nil {
			return nil, fault.Field(at, err.Error())
		}
	}

	return all, nil
}
