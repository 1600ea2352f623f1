package lab

import (
	"bytes"
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

// faultLists is the answer of /local/faults: the faults of the simulators in force, and the rules of the local cloud with what
// they have met so far. A PUT takes it back.
type faultLists struct {
	Simulator []simulator.Fault  `json:"simulator"`
	Cloud     []cloud.ActiveRule `json:"cloud"`
}

// wantedFaults is the body of a PUT.
type wantedFaults struct {
	Simulator []json.RawMessage `json:"simulator"`
	Cloud     []json.RawMessage `json:"cloud"`
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

	shown := faultLists{Simulator: l.Simulator.Faults().All(), Cloud: l.Cloud.Rules().List()}
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

	var wanted wantedFaults
	if err = httpx.DecodeJSON(body, &wanted); err != nil {
		return err
	}
	if strict(body, &wantedFaults{}) != nil {
		return fault.Field("body", "has a key that is none of simulator, cloud")
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

	// Both lists are set or neither.
	before := l.Simulator.Faults().All()
	if err := l.Simulator.Faults().Set(faults); err != nil {
		return fault.Field("simulator", err.Error())
	}
	if err := l.Cloud.Rules().Set(rules); err != nil {
		return errors.Join(fault.Field("cloud", err.Error()), l.Simulator.Faults().Set(before))
	}

	return nil
}

// simulatorFaults reads the faults of the simulators. A fault that could never hit, since it names no system that there is,
// is an error.
func simulatorFaults(raw []json.RawMessage) ([]simulator.Fault, error) {
	const field = "simulator"

	systems := simulator.Systems()

	all := make([]simulator.Fault, len(raw))
	for i := range raw {
		if strict(raw[i], &all[i]) != nil {
			return nil, fault.Field(field, "has a value of the wrong type, or a key that is none of "+
				"id, system, path, appId, skip, times, mode, status, message, code, retryAfterSeconds, delayMs")
		}
		if s := all[i].System; s != "" && !slices.Contains(systems, s) {
			return nil, fault.Field(field, "system is none of "+strings.Join(systems, ", "))
		}
	}

	return all, nil
}

// cloudRules reads the rules of the local cloud. A rule about a method that the cloud does not have is an error.
func (l *Lab) cloudRules(raw []json.RawMessage) ([]cloud.ActiveRule, error) {
	const field = "cloud"

	all := make([]cloud.ActiveRule, len(raw))
	for i := range raw {
		err := strict(raw[i], &all[i])
		if errors.Is(err, cloud.ErrRule) {
			return nil, fault.Field(field, err.Error())
		}
		if err != nil {
			return nil, fault.Field(field, "has a value of the wrong type, or a key that is none of "+
				"id, method, match, skip, times, mode, code, delay")
		}
		if !l.Cloud.Serves(all[i].Rule) {
			return nil, fault.Field(field, "method is none of the local cloud's, such as Commit or Firestore/Commit")
		}
	}

	return all, nil
}

// strict decodes one JSON value; a key that v does not have is an error.
func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
