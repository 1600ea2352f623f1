package signin_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/signin"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	neem    = "811"
	console = "https://console.example.com"
)

var (
	start = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

	viewer   = access.Caller{Subject: "u-viewer", Name: "Vera", Role: access.Viewer, Accounts: []string{neem, "812"}}
	editor   = access.Caller{Subject: "u-editor", Name: "Asha", Role: access.Editor, Accounts: []string{neem}}
	support  = access.Caller{Subject: "u-support", Name: "Ravi", Role: access.Support, Accounts: []string{neem}}
	operator = access.Caller{Subject: "u-operator", Name: "Priya", Role: access.Platform, All: true}
	portal   = access.Caller{Subject: "service:107", Name: "portal", Role: access.Platform, All: true}
)

type rig struct {
	*signin.Links
	t     *testing.T
	clock *clock.Manual
	cloud *cloud.Cloud
}

func newRig(t *testing.T, consoleURL string) *rig {
	t.Helper()
	clk := clock.NewManual(start)
	local := testkit.Cloud(t, clk)
	db := testkit.Store(t, local)
	for _, id := range []string{neem, "812"} {
		if err := db.PutAccount(t.Context(), account.Account{ID: id, Slug: "brand-" + id, Name: "Brand " + id}); err != nil {
			t.Fatal(err)
		}
	}
	links := signin.New(signin.Deps{Store: db, Accounts: settings.NewAccounts(db, settings.Options{Clock: clk}), ConsoleURL: consoleURL, Clock: clk})

	return &rig{links, t, clk, local}
}

// mint returns the token of a link.
func (r *rig) mint(c access.Caller, ask signin.Ask) string {
	r.t.Helper()
	link, err := r.Mint(r.t.Context(), c, neem, ask)
	if err != nil {
		r.t.Fatal(err)
	}
	token, ok := strings.CutPrefix(link.URL, console+"/enter/")
	if !ok || !regexp.MustCompile(`^[A-Z2-7]{26}$`).MatchString(token) || !link.ExpiresAt.Equal(r.clock.Now().Add(time.Minute)) {
		r.t.Fatalf("got %s until %s", link.URL, link.ExpiresAt)
	}

	return token
}

// nobody requires that a token lets nobody in.
func (r *rig) nobody(token string) {
	r.t.Helper()
	c, page, err := r.Redeem(r.t.Context(), token)
	if !fault.Is(err, fault.NotFound) || page != "" || c.Role != "" {
		r.t.Errorf("got %v at %q, %v; want nobody", c, page, err)
	}
	if err != nil && len(token) > 9 && strings.Contains(err.Error(), token) {
		r.t.Errorf("the error has the token: %v", err)
	}
}

// TestLinks holds who comes out of a link that each role has made.
func TestLinks(t *testing.T) {
	t.Parallel()
	r := newRig(t, console)
	at := []string{neem}
	asha := &signin.Person{ID: "u-1", Name: "Asha Sample"}
	for name, tc := range map[string]struct {
		caller access.Caller
		ask    signin.Ask
		want   access.Caller
		page   string
	}{
		"viewer":          {viewer, signin.Ask{}, access.Caller{Subject: "u-viewer", Name: "Vera", Role: access.Viewer, Accounts: at}, "/accounts/811"},
		"editor":          {editor, signin.Ask{}, access.Caller{Subject: "u-editor", Name: "Asha", Role: access.Editor, Accounts: at}, "/accounts/811"},
		"support":         {support, signin.Ask{}, access.Caller{Subject: "u-support", Name: "Ravi", Role: access.Support, Accounts: at}, "/accounts/811"},
		"editor_as_less":  {editor, signin.Ask{Role: access.Viewer}, access.Caller{Subject: "u-editor", Name: "Asha", Role: access.Viewer, Accounts: at}, "/accounts/811"},
		"platform":        {operator, signin.Ask{}, access.Caller{Subject: "u-operator", Name: "Priya", Role: access.Platform, Accounts: at}, "/accounts/811"},
		"for_somebody":    {portal, signin.Ask{Role: access.Editor, Person: asha}, access.Caller{Subject: "service:107/u-1", Name: "Asha Sample", Role: access.Editor, Accounts: at}, "/accounts/811"},
		"to_a_page":       {viewer, signin.Ask{Path: "/accounts/811/orders/51230077?tab=why"}, access.Caller{Subject: "u-viewer", Name: "Vera", Role: access.Viewer, Accounts: at}, "/accounts/811/orders/51230077?tab=why"},
		"to_a_sub-event":  {viewer, signin.Ask{Path: "/accounts/811/notifications/shipment/failed_delivery"}, access.Caller{Subject: "u-viewer", Name: "Vera", Role: access.Viewer, Accounts: at}, "/accounts/811/notifications/shipment/failed_delivery"},
		"to_its_own_page": {viewer, signin.Ask{Path: "/accounts/811"}, access.Caller{Subject: "u-viewer", Name: "Vera", Role: access.Viewer, Accounts: at}, "/accounts/811"},
	} {
		token := r.mint(tc.caller, tc.ask)
		got, page, err := r.Redeem(t.Context(), token)
		if diff := cmp.Diff(tc.want, got); diff != "" || page != tc.page || err != nil {
			t.Errorf("%s: %v at %q, caller (-want +got):\n%s", name, err, page, diff)
		}
		if err = got.May(access.Read, "812"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s may read another account", name)
		}
		r.nobody(token)
	}
}

// TestLinkEnds holds that a link is good for less than a minute, once, and that no text near it is.
func TestLinkEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t, console)
	token := r.mint(editor, signin.Ask{})
	for _, wrong := range []string{"", " ", token + "A", token[1:], strings.ToLower(token), token + "/", "../" + token, strings.Repeat("A", 26), strings.Repeat("A", 1000), "\x00", "é"} {
		r.nobody(wrong)
	}
	r.clock.Advance(time.Minute - time.Microsecond)
	if _, _, err := r.Redeem(t.Context(), token); err != nil {
		t.Errorf("just before its end: got %v", err)
	}
	r.nobody(token)

	late := r.mint(editor, signin.Ask{})
	r.clock.Advance(time.Minute)
	r.nobody(late)
}

// TestLinkIsTakenOnce has two browsers follow one link at once: both have read it before either takes it.
func TestLinkIsTakenOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, console)
	token := r.mint(editor, signin.Ask{})
	var taking sync.WaitGroup
	taking.Add(2)
	atOnce := func(ctx context.Context, method string, req, answer any, conn *grpc.ClientConn, next grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if strings.HasSuffix(method, "/Commit") {
			taking.Done()
			taking.Wait()
		}

		return next(ctx, method, req, answer, conn, opts...)
	}
	db, err := store.Open(t.Context(), testkit.Project, r.cloud.ClientOptions(grpc.WithChainUnaryInterceptor(atOnce))...)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AtEnd(t, func() { _ = db.Close() })
	links := signin.New(signin.Deps{Store: db, ConsoleURL: console, Clock: r.clock})
	var in atomic.Int32
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if _, _, err := links.Redeem(t.Context(), token); err == nil {
				in.Add(1)
			} else if !fault.Is(err, fault.NotFound) {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if n := in.Load(); n != 1 {
		t.Errorf("%d are let in, want one", n)
	}
}

// TestVisitsOfAPortal holds that people whom a portal does not name are told apart.
func TestVisitsOfAPortal(t *testing.T) {
	t.Parallel()
	r := newRig(t, console)
	seen := map[string]bool{}
	for range 3 {
		c, _, err := r.Redeem(t.Context(), r.mint(portal, signin.Ask{}))
		if err != nil || c.Name != "portal" || !regexp.MustCompile(`^service:107/visit-[A-Z2-7]{8}$`).MatchString(c.Subject) || seen[c.Subject] {
			t.Errorf("got %+v, %v; others are %v", c, err, seen)
		}
		seen[c.Subject] = true
	}
}

// TestMintRefuses holds what nobody gets a link for, and that then nothing is kept.
func TestMintRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, console)
	before := testkit.Stored(t, r.cloud)
	who := func(id, name string) signin.Ask { return signin.Ask{Person: &signin.Person{ID: id, Name: name}} }
	at := func(path string) signin.Ask { return signin.Ask{Path: path} }
	for name, tc := range map[string]struct {
		caller  access.Caller
		account string
		ask     signin.Ask
		want    fault.Kind
		field   string
	}{
		"nobody":                {access.Caller{}, neem, signin.Ask{}, fault.Forbidden, ""},
		"another's_account":     {editor, "812", signin.Ask{}, fault.Forbidden, ""},
		"no_account":            {editor, "", signin.Ask{}, fault.Forbidden, ""},
		"no_such_account":       {portal, "999", signin.Ask{}, fault.NotFound, ""},
		"more_than_one_may":     {viewer, neem, signin.Ask{Role: access.Editor}, fault.Forbidden, ""},
		"another_than_one_may":  {editor, neem, signin.Ask{Role: access.Support}, fault.Forbidden, ""},
		"all_one_may_not":       {support, neem, signin.Ask{Role: access.Platform}, fault.Forbidden, ""},
		"unknown_role":          {portal, neem, signin.Ask{Role: "owner"}, fault.Invalid, "role"},
		"person_of_an_editor":   {editor, neem, who("u-1", "Asha"), fault.Forbidden, ""},
		"person_without_id":     {portal, neem, who("", "Asha"), fault.Invalid, "person.id"},
		"person_with_blanks":    {portal, neem, who("u 1", "Asha"), fault.Invalid, "person.id"},
		"person_long":           {portal, neem, who(strings.Repeat("u", 101), "Asha"), fault.Invalid, "person.id"},
		"person_by_e-mail":      {portal, neem, who("asha@example.com", "Asha"), fault.Invalid, "person.id"},
		"person_by_number":      {portal, neem, who("+91-90000-00001", "Asha"), fault.Invalid, "person.id"},
		"person_without_a_name": {portal, neem, who("u-1", " "), fault.Invalid, "person.name"},
		"person_of_two_lines":   {portal, neem, who("u-1", "Asha\nSample"), fault.Invalid, "person.name"},
		"person_of_no_utf-8":    {portal, neem, who("u-1", "\xff"), fault.Invalid, "person.name"},
		"elsewhere":             {viewer, neem, at("https://evil.example.com/accounts/811"), fault.Invalid, "path"},
		"elsewhere_by_slashes":  {viewer, neem, at("//evil.example.com/accounts/811"), fault.Invalid, "path"},
		"elsewhere_by_a_back":   {viewer, neem, at(`/\evil.example.com`), fault.Invalid, "path"},
		"elsewhere_below":       {viewer, neem, at("/accounts/811//evil.example.com"), fault.Invalid, "path"},
		"a_script":              {viewer, neem, at("javascript:alert(1)"), fault.Invalid, "path"},
		"a_line_break":          {viewer, neem, at("/accounts/811\r\nLocation: /"), fault.Invalid, "path"},
		"a_hidden_line_break":   {viewer, neem, at("/accounts/811/a%0d%0ab"), fault.Invalid, "path"},
		"upwards":               {viewer, neem, at("/accounts/811/../812"), fault.Invalid, "path"},
		"upwards_in_disguise":   {viewer, neem, at("/accounts/811/%2e%2e/812"), fault.Invalid, "path"},
		"another_account":       {viewer, neem, at("/accounts/812"), fault.Invalid, "path"},
		"a_longer_account":      {viewer, neem, at("/accounts/8111"), fault.Invalid, "path"},
		"the_staff's":           {viewer, neem, at("/operations"), fault.Invalid, "path"},
		"relative":              {viewer, neem, at("accounts/811"), fault.Invalid, "path"},
		"with_a_fragment":       {viewer, neem, at("/accounts/811#x"), fault.Invalid, "path"},
		"with_a_slash_at_end":   {viewer, neem, at("/accounts/811/"), fault.Invalid, "path"},
		"broken_escape":         {viewer, neem, at("/accounts/811/%zz"), fault.Invalid, "path"},
		"long":                  {viewer, neem, at("/accounts/811/" + strings.Repeat("a", 500)), fault.Invalid, "path"},
	} {
		link, err := r.Mint(t.Context(), tc.caller, tc.account, tc.ask)
		if field, _ := fault.Public(err); !fault.Is(err, tc.want) || field != tc.field || link != (signin.Link{}) {
			t.Errorf("%s: got %v for %q, want %v", name, err, field, tc.want)
		}
	}
	if diff := cmp.Diff(before, testkit.Stored(t, r.cloud)); diff != "" {
		t.Errorf("something is kept (-before +after):\n%s", diff)
	}

	none := newRig(t, "")
	if _, err := none.Mint(t.Context(), editor, neem, signin.Ask{}); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "CONSOLE_URL") {
		t.Errorf("without a console: got %v", err)
	}
}

// TestNothingKeptOpensTheConsole holds that who can read the database cannot follow a link that is kept there.
func TestNothingKeptOpensTheConsole(t *testing.T) {
	t.Parallel()
	r := newRig(t, console)
	token := r.mint(editor, signin.Ask{})
	var kept strings.Builder
	for name, body := range testkit.Stored(t, r.cloud) {
		fmt.Fprintln(&kept, name, body)
	}
	if !strings.Contains(kept.String(), "/signIns/") || strings.Contains(kept.String(), token) || strings.Contains(kept.String(), url.QueryEscape(token)) {
		t.Error("the token is kept")
	}
}
