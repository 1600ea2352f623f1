package simulation

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestPlantedPreferencesAreFound plants a receive that takes a stop of offers for a stop of everything, and one that forgets it.
func TestPlantedPreferencesAreFound(t *testing.T) {
	for want, plant := range map[string]func(*machine){
		"is INACTIVE in the end, who is ACTIVE": preferring(func(body []byte) []byte { return bytes.Replace(body, []byte(`,"marketing":true`), nil, 1) }),
		"has no entry that offers are closed":   preferring(func([]byte) []byte { return nil }),
	} {
		found := false
		for seed := uint64(1); seed <= 100 && !found; seed++ {
			p := Draw(seed)
			if !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Form == preference && s.Word == stopsOffers }) {
				continue
			}
			if found = strings.Contains(together(runPlanted(t, p, plant).Findings), want); found {
				t.Logf("seed %d: %s", seed, want)
			}
		}
		if !found {
			t.Errorf("no seed has found %q", want)
		}
	}
}

// preferring has receive be pushed another preference than the one that was told, or none.
func preferring(change func([]byte) []byte) func(*machine) {
	return func(m *machine) {
		right := m.Receive
		m.Receive = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(err) // it is in memory
			}

			push := decoded(body)
			message, _ := push["message"].(fields)
			text, _ := message["data"].(string)
			data, _ := base64.StdEncoding.DecodeString(text) // what cannot be read is no preference

			if bytes.Contains(data, []byte(`"kind":"preference"`)) && bytes.Contains(data, []byte(`"stop":true`)) {
				if data = change(data); data == nil {
					w.WriteHeader(http.StatusNoContent)
					return
				}

				message["data"] = base64.StdEncoding.EncodeToString(data)
				body = encoded(push)
			}

			r.Body = io.NopCloser(bytes.NewReader(body))
			right.ServeHTTP(w, r)
		})
	}
}
