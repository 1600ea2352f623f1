package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// TestImport brings the customers of a file in: first only checked, then for good, then once more, and from a line on.
func TestImport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.secrets.Add(t.Context(), "phone-key", config.NewSecret("0123456789abcdef0123456789abcdef"))
	must(err)
	must(r.store.PutAccount(t.Context(), account.Account{ID: "811", Slug: "neem"}))
	file := write(t, "phone,name,status,occurredAt,evidence\n9000000001,Ira Sample,ACTIVE,2026-11-01T10:00:00Z,form 1\nx,,,,\n9000000002,,INACTIVE,,\n")

	const key = "d356ca68283c142f0bb88b4ccf7d41d7"
	said := r.mustRun("import", "-n", "811/"+file)
	for _, want := range []string{"line 2  created " + key + " ACTIVE\n", "line 3  invalid phone is no telephone number", "line 4  created", "3 rows: 2 created, 1 invalid\nnothing is written, as -n wants it\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwithout %q", said, want)
		}
	}
	if _, err = r.store.Customer(t.Context(), "811:"+key); err == nil {
		t.Error("with -n: the customer is made")
	}
	if said = r.mustRun("import", "811/"+file); !strings.Contains(said, "3 rows: 2 created, 1 invalid\n") || strings.Contains(said, "nothing is written") {
		t.Errorf("got %q", said)
	}
	if said = r.mustRun("import", "811/"+file, "-from", "3"); !strings.HasPrefix(said, "line 3  invalid") || !strings.HasSuffix(said, "2 rows: 1 invalid, 1 unchanged\n") {
		t.Errorf("once more: got %q", said)
	}
	if strings.Contains(said, "900000000") || strings.Contains(said, "Ira") {
		t.Errorf("got %q", said)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err = r.do(ctx, command{name: "import", subject: "811/" + file}); err == nil {
		t.Error("interrupted: got no error")
	}
	for _, wrong := range []string{"811", "811/", "/x.csv"} {
		if _, err := r.run("import", wrong); !errors.Is(err, errImport) {
			t.Errorf("%q: got %v", wrong, err)
		}
	}
	for _, wrong := range []string{"811/nowhere.csv", "899/" + file, "811/" + write(t, "name\nIra\n")} {
		if _, err := r.run("import", wrong); err == nil {
			t.Errorf("%q: got no error", wrong)
		}
	}
}

// TestErase erases a customer: first it only says what there is.
func TestErase(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.secrets.Add(t.Context(), "phone-key", config.NewSecret("0123456789abcdef0123456789abcdef"))
	must(err)
	must(r.store.PutAccount(t.Context(), account.Account{ID: "811", Slug: "neem"}))
	r.mustRun("import", "811/"+write(t, "phone,name\n9000000001,Ira Sample\n"))
	const subject = "811/d356ca68283c142f0bb88b4ccf7d41d7"
	r.in = strings.NewReader("")
	r.mustRun("erase", "-n", subject) // which needs no reason
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"erase", "-n", subject}, "customers       1 document\nnothing is written, as -n wants it\n"},
		{[]string{"erase", subject}, "customers       1 document\n0 messages ended; a last look finds nothing more\n"},
		{[]string{"erase", subject}, "0 messages ended; a last look finds nothing more\n"},
	} {
		r.in = strings.NewReader("request 12\n")
		if said := r.mustRun(tc.args...); said != tc.want {
			t.Errorf("%q: got %q, want %q", tc.args, said, tc.want)
		}
	}
	for _, wrong := range []string{"811", "811/", "/x"} {
		if _, err := r.run("erase", wrong); !errors.Is(err, errErase) {
			t.Errorf("%q: got %v", wrong, err)
		}
	}
	for _, reason := range []string{"", "call 90000 00001"} {
		r.in = strings.NewReader(reason)
		if _, err := r.run("erase", subject); err == nil || strings.Contains(err.Error(), "90000") {
			t.Errorf("%q: got %v", reason, err)
		}
	}
}
