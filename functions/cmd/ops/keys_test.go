package main

import (
	"strings"
	"testing"
)

// TestKeys makes the product's keys once: again, it changes none, not even one whose value was destroyed.
func TestKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	names := []string{"phone-key", "occurrence-key", "reference-key", "proof-key", "session-key"}
	if said := r.mustRun("keys", "-n"); strings.Count(said, "would get a random value") != 5 {
		t.Errorf("got %q", said)
	}
	if _, err := r.secrets.Access(t.Context(), "phone-key"); err == nil {
		t.Error("with -n: a key is made")
	}

	said := r.mustRun("keys")
	values := map[string]string{}
	for _, name := range names {
		v, err := r.secrets.Access(t.Context(), name)
		if err != nil || len(v.Reveal()) < 32 {
			t.Fatalf("%s: got %d bytes, %v", name, len(v.Reveal()), err)
		}
		if strings.Contains(said, v.Reveal()) || !strings.Contains(said, "secret "+name+" has a random value now") {
			t.Errorf("got %q", said)
		}
		values[v.Reveal()] = name
	}
	if len(values) != 5 {
		t.Error("two keys are the same")
	}

	if err := r.secrets.Remove(t.Context(), "occurrence-key/versions/1"); err != nil {
		t.Fatal(err)
	}
	r.secrets.Forget("occurrence-key")
	if said := r.mustRun("keys"); strings.Count(said, "stays as it is") != 5 {
		t.Errorf("again: got %q", said)
	}
	for _, name := range []string{"phone-key", "reference-key", "proof-key", "session-key"} {
		if v, err := r.secrets.Access(t.Context(), name); err != nil || values[v.Reveal()] != name {
			t.Errorf("%s was replaced: %v", name, err)
		}
	}
	if _, err := r.secrets.Access(t.Context(), "occurrence-key"); err == nil {
		t.Error("a key that was destroyed was replaced")
	}
}
