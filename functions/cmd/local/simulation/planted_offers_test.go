package simulation

import (
	"bytes"
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
	return pushing(`"kind":"preference"`, func(data []byte) []byte {
		if !bytes.Contains(data, []byte(`"stop":true`)) {
			return data
		}

		return change(data)
	})
}
