package account

import (
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestStanding holds what a brand is told of its app.
func TestStanding(t *testing.T) {
	t.Parallel()
	now := noon.Add(3 * time.Hour)
	reports := Signs{Reports: true, Taken: now.Add(-time.Hour), Witness: now.Add(-time.Hour)}
	held := func(reason message.Cause, detail string) App {
		return App{Health: Health{Reason: reason, Detail: detail, Since: now.Add(-2 * time.Minute)}, Checked: Checked{At: now.Add(-3 * time.Minute)}}
	}
	tests := map[string]struct {
		app   App
		signs Signs
		want  State
		says  []string
	}{
		"healthy":       {App{}, reports, Fine, []string{"Messages can be sent."}},
		"never_sent":    {App{}, Signs{Reports: true}, Fine, []string{"Messages can be sent."}},
		"checked":       {App{Checked: Checked{At: now.Add(-3 * time.Minute)}}, reports, Fine, []string{"Checked 3 minutes ago."}},
		"checked_now":   {App{Checked: Checked{At: now}}, reports, Fine, []string{"Checked just now."}},
		"credentials":   {held(message.CauseCredentials, ""), reports, Held, []string{"refuses the credential", "2 minutes ago", "Checked 3 minutes ago."}},
		"explained":     {held(message.CauseCredentials, "The name is wrong."), reports, Held, []string{"The provider refuses the app. The name is wrong. That was"}},
		"balance":       {held(message.CauseBalance, ""), reports, Held, []string{"cannot pay"}},
		"blocked":       {held(message.CauseBlocked, "Version 1."), reports, Held, []string{"does not let", "Version 1."}},
		"not_answering": {held(message.CauseNotAnswering, ""), reports, NotAnswering, []string{"stopped answering 2 minutes ago"}},
		"silent": {
			App{},
			Signs{Reports: true, Taken: now.Add(-time.Hour), Witness: now.Add(-2 * time.Hour)},
			Silent,
			[]string{"last report of one came 2 hours ago", "webhook"},
		},
		"never_a_report":    {App{}, Signs{Reports: true, Taken: now.Add(-time.Hour)}, Silent, []string{"no report of one has ever come"}},
		"not_yet_silent":    {App{}, Signs{Reports: true, Taken: now.Add(-quiet), Witness: now.Add(-2 * time.Hour)}, Fine, nil},
		"reports_nothing":   {App{}, Signs{Taken: now.Add(-time.Hour)}, Fine, nil},
		"held_and_silent":   {held(message.CauseBalance, ""), Signs{Reports: true, Taken: now.Add(-time.Hour)}, Held, []string{"cannot pay", "ever come"}},
		"agent":             {App{}, Signs{Agent: now.Add(-3 * day)}, AgentAnswering, []string{"assistant"}},
		"agent_of_long_ago": {App{}, Signs{Agent: now.Add(-8 * day)}, Fine, []string{"can be sent"}},
		"agent_and_balance": {held(message.CauseBalance, ""), Signs{Agent: now}, Held, []string{"cannot pay", "assistant"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tt.app.Standing(tt.signs, now)
			if got.State != tt.want {
				t.Errorf("got %s, want %s", got.State, tt.want)
			}
			for _, word := range tt.says {
				if !strings.Contains(got.Text, word) {
					t.Errorf("got %q, want %q in it", got.Text, word)
				}
			}
			if got.State == Fine && !got.Since.IsZero() || strings.Contains(got.Text, "  ") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAgo(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "just now", time.Second: "just now", time.Minute: "1 minute ago", 59 * time.Minute: "59 minutes ago", time.Hour: "1 hour ago",
		47 * time.Hour: "47 hours ago", 2 * day: "2 days ago",
	} {
		if got := ago(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}

// TestNoteCheck keeps what the provider did not tell this time, and nothing older.
func TestNoteCheck(t *testing.T) {
	t.Parallel()
	c := Condition{Apps: map[string]App{"own": {Checked: Checked{At: noon, Quality: "GREEN", Currency: "INR"}}}}
	if c.NoteCheck("none", Checked{At: noon}) || c.NoteCheck("own", Checked{At: noon.Add(-time.Second), Quality: "RED"}) {
		t.Error("noted what is older, or of no app")
	}
	if !c.NoteCheck("own", Checked{At: noon.Add(time.Hour), Quality: "YELLOW"}) {
		t.Error("not noted")
	}
	if got, want := c.Apps["own"].Checked, (Checked{At: noon.Add(time.Hour), Quality: "YELLOW", Currency: "INR"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
