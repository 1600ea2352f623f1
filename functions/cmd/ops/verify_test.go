package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// proofFiles writes a proof of one entry, the public key that it is signed with, and what was published of its day.
func proofFiles(t *testing.T, r cmdRig) (dir string) {
	t.Helper()
	r.mustRun("keys")
	signer, err := wire.Signer(r.secrets, r.own.Proof).Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	const subject = "811:0123456789abcdef0123456789abcdef"
	entries, _, _ := consent.Record(consent.For(subject), consent.Entry{Action: consent.Grant, Source: consent.Checkout, Purpose: consent.OrderUpdates, OccurredAt: now, RecordedAt: now})
	day, published, err := signer.NewDay(proof.WholeDay("811", now.Format(proof.DayForm), ""), []proof.Leaf{{Subject: proof.SubjectHash(subject), Sequence: 1, Hash: entries[0].Hash}})
	if err != nil {
		t.Fatal(err)
	}
	root, err := day.Prove(entries)
	if err != nil {
		t.Fatal(err)
	}
	file, err := signer.Seal(proof.Payload{
		Kind: proof.Ledger, Account: "811", MadeAt: now.Add(48 * time.Hour), Subject: subject, Entries: proof.EntriesOf(entries), Whole: true, Roots: []proof.Root{root},
	})
	if err != nil {
		t.Fatal(err)
	}

	dir = t.TempDir()
	put(t, dir, "ledger.json", file)
	put(t, dir, "key.pem", []byte(r.mustRun("proof-key")))
	put(t, dir, "bucket/"+proof.DayObject("811", day.Day, 1), published)

	return dir
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestVerify runs the command as a stranger does: run as a whole, without any variable.
func TestVerify(t *testing.T) {
	t.Parallel()
	dir := proofFiles(t, newRig(t))
	other := proofFiles(t, newRig(t))
	ledger, key, roots := filepath.Join(dir, "ledger.json"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "bucket")
	text, err := os.ReadFile(ledger)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "changed.json", bytes.Replace(text, []byte(`"payload":"e`), []byte(`"payload":"f`), 1))
	put(t, dir, "large.json", bytes.Repeat([]byte(" "), proof.MaxFile+10))

	for _, tc := range []struct {
		name string
		args []string
		in   string
		// want is what is said, or of a failure its error.
		want, fault string
	}{
		{"without_a_key", []string{ledger}, "", "CAUTION: no key was given", ""},
		{"with_the_key", []string{"-key", key, ledger}, "", "key ", ""},
		{"with_what_was_published", []string{ledger, "-key", key, "-roots", roots}, "", "as in the copy of what was published", ""},
		{"from_the_standard_input", []string{"-"}, string(text), "CAUTION", ""},
		{"another_key", []string{"-key", filepath.Join(other, "key.pem"), ledger}, "", "", "signatures[0].keyid: is signed by another key"},
		{"forged_with_their_own_key", []string{"-key", key, filepath.Join(other, "ledger.json")}, "", "", "is signed by another key"},
		{"published_by_another_key", []string{"-key", key, "-roots", filepath.Join(other, "bucket"), ledger}, "", "", "is signed by another key"},
		{"changed", []string{filepath.Join(dir, "changed.json")}, "", "", "does not hold: "},
		{"too_large", []string{filepath.Join(dir, "large.json")}, "", "", "is too large"},
		{"key_that_is_none", []string{"-key", ledger, ledger}, "", "", "is not one public key in PEM form"},
		{"no_file", []string{filepath.Join(dir, "none.json")}, "", "", "none.json: cannot be read"},
		{"no_directory", []string{"-roots", key, ledger}, "", "", "cannot be read as a directory"},
		{"no_argument", nil, "", "", "usage"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := run(t.Context(), append([]string{"verify"}, tc.args...), strings.NewReader(tc.in), &out)
			switch {
			case tc.fault == "" && err != nil:
				t.Errorf("verify = %v, want it to hold", err)
			case tc.fault != "" && (err == nil || !strings.Contains(err.Error(), tc.fault) || out.Len() > 0):
				t.Errorf("verify = %v and says %q, want the fault %q and nothing else", err, out.String(), tc.fault)
			case !strings.Contains(out.String(), tc.want):
				t.Errorf("says %q, want %q", out.String(), tc.want)
			}
		})
	}
}

func TestProofKeyIsThatOfTheSecret(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.run("proof-key"); err == nil || !strings.Contains(err.Error(), "secret proof-key") {
		t.Errorf("without a key: %v, want an error that names the secret", err)
	}
	r.mustRun("keys")
	said := r.mustRun("proof-key")
	key, err := proof.ParsePublicPEM([]byte(said))
	if err != nil || !strings.Contains(said, proof.KeyID(key)) {
		t.Errorf("says %q, %v; want a key and its id", said, err)
	}
	if again := r.mustRun("proof-key"); again != said {
		t.Error("says another key the second time")
	}
}

// TestLedgerIsVerified writes the file of a customer's ledger and checks it.
func TestLedgerIsVerified(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.mustRun("keys")
	key := strings.Repeat("a", 32)
	c := store.Customer{ID: store.CustomerID("811", key), AccountID: "811", PhoneKey: key}
	entries, next, _ := consent.Record(consent.For(c.ID), consent.Entry{Action: consent.Grant, Source: consent.Checkout, Purpose: consent.OrderUpdates, OccurredAt: now, RecordedAt: now})
	c.Consent = next
	if err := r.store.CreateCustomer(t.Context(), c, entries...); err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	put(t, dir, "key.pem", []byte(r.mustRun("proof-key")))
	put(t, dir, "ledger.json", []byte(r.mustRun("ledger", "811/"+key)))
	said := r.mustRun("verify", "-key", filepath.Join(dir, "key.pem"), filepath.Join(dir, "ledger.json"))
	if !strings.Contains(said, "the entries (1) are one chain") || !strings.Contains(said, "Entry 1 is of 2026-11-20, whose root is not published") {
		t.Errorf("says %q", said)
	}

	for _, args := range [][]string{{"ledger", "811"}, {"ledger", "811/"}, {"ledger", "811/" + strings.Repeat("b", 32)}} {
		if said, err := r.run(args...); err == nil || said != "" {
			t.Errorf("%v: says %q, %v; want a failure", args, said, err)
		}
	}
}
