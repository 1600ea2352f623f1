package account

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// brandNew is an account as it is made: without an app.
func brandNew() Account { return Account{ID: "811", Slug: "neem", Name: "Neem House"} }

// step is a change of the apps or of the sender: "+own" installs, "-own" uninstalls, "=own" chooses.
type step string

// take applies a step at that minute.
func (s step) take(tb testing.TB, a Account, minute int) Account {
	tb.Helper()
	id := string(s[1:])
	after, err := a.Edit(nil, func(a *Account) error {
		switch s[0] {
		case '+':
			owner := message.Client
			if id == "shared" {
				owner = message.Platform
			}
			a.Apps[id] = App{Provider: "gupshup", Ownership: owner, InstalledAt: noon.Add(time.Duration(minute) * time.Minute)}
		case '-':
			delete(a.Apps, id)
		case '=':
			a.Sender, a.SenderChosen = id, true
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return after
}

func walk(tb testing.TB, steps []step) Account {
	tb.Helper()
	a := brandNew()
	for i, s := range steps {
		a = s.take(tb, a, i)
	}
	return a
}

// TestSenderRules holds the five rules for which app sends, and what happens to an explicit choice.
func TestSenderRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		steps  string
		want   string
		chosen bool
	}{
		{"only_the_platform's_app", "+shared", "shared", false},
		{"only_the_brand's_app", "+own", "own", false},
		{"no_app", "", "", false},
		{"the_platform's_first", "+shared +own", "shared", false},
		{"the_brand's_first", "+own +shared", "own", false},

		{"a_choice", "+shared +own =own", "own", true},
		{"a_choice_of_what_is_the_sender_already", "+shared +own =shared", "shared", true},
		{"a_choice_sticks_at_an_install", "+shared +own =own +third", "own", true},
		{"a_choice_sticks_at_another's_uninstall", "+shared +own =own -shared", "own", true},
		{"a_choice_that_is_uninstalled", "+shared +own +third =own -own", "shared", false},
		{"a_choice_that_is_uninstalled_is_none_once_it_is_back", "+shared +own =own -own +own", "shared", false},
		{"a_choice_that_was_the_only_app", "+own =own -own", "", false},
		{"a_second_choice", "+shared +own =own =shared -own", "shared", true},

		{"the_sender_is_uninstalled", "+third +own +shared -third", "own", false},
		{"both_before_are_uninstalled", "+third +own +shared -third -own", "shared", false},
		{"another_is_uninstalled", "+third +own +shared -own", "third", false},
		{"the_only_one_is_uninstalled", "+own -own", "", false},
		{"the_first_comes_back_as_the_last", "+own +shared -own +own", "shared", false},
		{"the_only_one_comes_back", "+own -own +own", "own", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var steps []step
			for s := range strings.FieldsSeq(tt.steps) {
				steps = append(steps, step(s))
			}
			if a := walk(t, steps); a.Sender != tt.want || a.SenderChosen != tt.chosen {
				t.Errorf("%s: got %q, chosen %t, want %q, %t", tt.steps, a.Sender, a.SenderChosen, tt.want, tt.chosen)
			}
		})
	}
}

// TestSenderAlongEveryWay takes every way of five steps over three apps, and compares the sender after each with what the rules say of
// the order of the steps alone. Every order of installs is among them, with uninstalls and choices in between.
func TestSenderAlongEveryWay(t *testing.T) {
	t.Parallel()
	var steps []step
	for _, id := range []string{"own", "shared", "third"} {
		steps = append(steps, step("+"+id), step("-"+id), step("="+id))
	}

	ways := 0
	var walk func(a Account, order []string, choice string, way []step)
	walk = func(a Account, installs []string, choice string, way []step) {
		want := choice
		if want == "" && len(installs) > 0 {
			want = installs[0]
		}
		if a.Sender != want || a.SenderChosen != (choice != "") {
			t.Fatalf("%v: got %q, chosen %t, want %q, %t", way, a.Sender, a.SenderChosen, want, choice != "")
		}
		if ways++; len(way) == 5 {
			return
		}

		for _, s := range steps {
			id, kind := string(s[1:]), s[0]
			if slices.Contains(installs, id) == (kind == '+') {
				continue
			}
			order, chosen := installs, choice
			switch kind {
			case '+':
				order = append(slices.Clone(installs), id)
			case '=':
				chosen = id
			default:
				order = slices.DeleteFunc(slices.Clone(installs), func(other string) bool { return other == id })
				if chosen == id {
					chosen = ""
				}
			}
			walk(s.take(t, a, len(way)), order, chosen, append(slices.Clone(way), s))
		}
	}
	walk(brandNew(), nil, "", nil)
	if ways < 1000 {
		t.Errorf("got %d ways, want more", ways)
	}
}

// TestSenderOfOldDocuments holds that apps without a time of install were there before all others, and that the present sender was the
// first of them.
func TestSenderOfOldDocuments(t *testing.T) {
	t.Parallel()
	at := func(minutes ...int) map[string]App {
		apps := map[string]App{}
		for i, m := range minutes {
			app := App{Provider: "gupshup"}
			if m > 0 {
				app.InstalledAt = noon.Add(time.Duration(m) * time.Minute)
			}
			apps[fmt.Sprintf("app-%d", i)] = app
		}
		return apps
	}
	tests := []struct {
		name    string
		apps    map[string]App
		present string
		want    string
	}{
		{"the_present_one_of_several", at(0, 0, 0), "app-2", "app-2"},
		{"another_is_installed", at(5, 0, 0), "app-2", "app-2"},
		{"the_sender_is_gone", at(5, 0, 0), "app-7", "app-1"},
		{"none_was_set", at(0, 0), "", "app-0"},
		{"the_same_minute", at(5, 5), "app-1", "app-1"},
		{"the_same_minute_and_none_set", at(5, 5), "", "app-0"},
		{"the_sender_was_installed_later", at(5, 0), "app-0", "app-1"},
		{"by_time_and_not_by_name", at(9, 7, 8), "", "app-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			apps := maps.Clone(tt.apps)
			if got, chosen := settle(apps, tt.present, false); got != tt.want || chosen {
				t.Errorf("got %q, chosen %t, want %q", got, chosen, tt.want)
			}
		})
	}
}
