package access_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// TestMay holds what each role may do, at its account, at another one and at none.
func TestMay(t *testing.T) {
	t.Parallel()
	needs := []access.Need{access.Read, access.Write, access.Reveal, access.Operate, access.Record}
	some := func(role access.Role) access.Caller {
		return access.Caller{Role: role, Accounts: []string{"810", "811"}}
	}
	const yes, no = true, false
	for _, tc := range []struct {
		name   string
		caller access.Caller
		at     string
		want   [5]bool // Read, Write, Reveal, Operate, Record
	}{
		{"viewer", some(access.Viewer), "811", [5]bool{yes, no, no, no, no}},
		{"editor", some(access.Editor), "811", [5]bool{yes, yes, no, no, yes}},
		{"support", some(access.Support), "811", [5]bool{yes, no, yes, no, yes}},
		{"platform", access.Caller{Role: access.Platform, All: true}, "811", [5]bool{yes, yes, yes, yes, yes}},
		{"viewer_elsewhere", some(access.Viewer), "812", [5]bool{}},
		{"editor_elsewhere", some(access.Editor), "812", [5]bool{}},
		{"support_elsewhere", some(access.Support), "812", [5]bool{}},
		{"viewer_of_part_of_an_id", some(access.Viewer), "81", [5]bool{}},
		{"viewer_of_a_longer_id", some(access.Viewer), "8111", [5]bool{}},
		{"viewer_at_no_account", some(access.Viewer), "", [5]bool{}},
		{"viewer_with_an_account_without_a_name", access.Caller{Role: access.Viewer, Accounts: []string{""}}, "", [5]bool{}},
		{"editor_of_all", access.Caller{Role: access.Editor, All: true}, "812", [5]bool{yes, yes, no, no, yes}},
		{"platform_at_no_account", access.Caller{Role: access.Platform, All: true}, "", [5]bool{yes, yes, yes, yes, yes}},
		{"platform_of_one", some(access.Platform), "812", [5]bool{}},
		{"nobody", access.Caller{}, "811", [5]bool{}},
		{"nobody_of_all", access.Caller{All: true}, "811", [5]bool{}},
		{"unknown_role", some("owner"), "811", [5]bool{}},
		{"role_in_capitals", some("Platform"), "811", [5]bool{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for i, need := range needs {
				err := tc.caller.May(need, tc.at)
				if (err == nil) != tc.want[i] {
					t.Errorf("need %d: got %v, want it allowed: %t", need, err, tc.want[i])
				}
				if err != nil && !fault.Is(err, fault.Forbidden) {
					t.Errorf("need %d: got %v, want it forbidden", need, err)
				}
			}
			if err := tc.caller.May(access.Read|access.Operate, tc.at); (err == nil) != (tc.want[0] && tc.want[3]) {
				t.Errorf("two needs at once: got %v", err)
			}
			somewhere := tc.caller.MaySomewhere(access.Read)
			if want := tc.caller.Role.Known() && (tc.caller.All || len(tc.caller.Accounts) > 0); (somewhere == nil) != want {
				t.Errorf("read somewhere: got %v, want it allowed: %t", somewhere, want)
			}
			if err := tc.caller.MaySomewhere(0); !fault.Is(err, fault.Forbidden) {
				t.Errorf("no need somewhere: got %v, want it forbidden", err)
			}
			if err := tc.caller.May(0, tc.at); !fault.Is(err, fault.Forbidden) {
				t.Errorf("no need: got %v, want it forbidden", err)
			}
		})
	}
}

// TestMayGive holds that nobody lets somebody in with more than one's own role may.
func TestMayGive(t *testing.T) {
	t.Parallel()
	roles := []access.Role{access.Viewer, access.Editor, access.Support, access.Platform, "owner", ""}
	for mine, want := range map[access.Role]string{
		access.Viewer: "viewer", access.Editor: "viewer editor", access.Support: "viewer support", access.Platform: "viewer editor support platform", "owner": "", "": "",
	} {
		var got []string
		for _, role := range roles {
			err := access.Caller{Role: mine, All: true}.MayGive(role)
			if err == nil {
				got = append(got, string(role))
			} else if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s gives %q: got %v, want it forbidden", mine, role, err)
			}
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%q may give %q, want %q", mine, text, want)
		}
	}
}

// TestForbiddenSaysOneThing holds that nobody learns from a refusal which accounts there are, nor what would be needed.
func TestForbiddenSaysOneThing(t *testing.T) {
	t.Parallel()
	c := access.Caller{Subject: "u-1", Role: access.Viewer, Accounts: []string{"811"}}
	want := c.May(access.Write, "811").Error()
	for _, err := range []error{c.May(access.Read, "812"), c.May(access.Write, "999999"), c.May(access.Operate, ""), access.Caller{}.May(access.Read, "811")} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

// TestCallerIsNotPrinted holds that neither fmt nor slog writes who a caller is.
func TestCallerIsNotPrinted(t *testing.T) {
	t.Parallel()
	c := access.Caller{Subject: "u-1", Name: "Asha", Email: "asha@example.com", Role: access.Editor, Accounts: []string{"811"}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("test", "caller", c, "callers", []any{c})
	text := fmt.Sprintf("%v %+v %#v %s %v", c, c, c, c, struct{ C access.Caller }{c})
	for _, secret := range []string{"asha", "Asha", "u-1"} {
		if strings.Contains(text, secret) {
			t.Errorf("fmt writes %s", text)
		}
	}
	if !strings.Contains(log.String(), `"caller":"caller(editor)"`) || strings.Contains(log.String(), "asha@") {
		t.Errorf("slog writes %s", log.String())
	}
}
