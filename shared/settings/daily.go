package settings

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// checkEvery is how often a provider is asked about an app with which nothing is wrong.
	checkEvery = 24 * time.Hour
	// askAgain is when a provider that gave no answer about such an app is asked again.
	askAgain = time.Hour
	// sharedFor is how long what a provider said of the platform's app counts for all accounts behind it.
	sharedFor = checkEvery / 2
)

// asked is what a provider said of an app when it was asked, and when.
type asked struct {
	said provider.CheckResult
	at   time.Time
}

// askings are the latest answers about apps of this instance, by the apps' ids. They are safe for concurrent use.
type askings struct {
	mu   sync.Mutex
	apps map[string]asked
}

// last returns the latest answer about an app.
func (a *askings) last(appID string) (asked, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()

	l, ok := a.apps[appID]

	return l, ok
}

// keep keeps an answer, and forgets those that count no more.
func (a *askings) keep(appID string, l asked) {
	a.mu.Lock()
	defer a.mu.Unlock()

	if a.apps == nil {
		a.apps = map[string]asked{}
	}

	for id, old := range a.apps {
		if l.at.Sub(old.at) > sharedFor {
			delete(a.apps, id)
		}
	}

	a.apps[appID] = l
}

// CheckDaily asks the providers about apps of an account with which nothing is wrong and that nobody has asked about for a day, and notes
// what they say: an app that is refused is held, as when a person asks, and people are told of another quality or limit. may is asked before
// each question, and may refuse it. A provider that gives no answer changes nothing and is asked again after an hour. It returns how many
// apps something was noted of.
//
// With the sender the templates of the events that are on are judged, as far as may allows it to read them: some providers tell nothing of
// another text or category, and news can be lost.
//
// The platform's app is asked about once for all accounts behind it, as far as one instance looks at them.
func (a *Apps) CheckDaily(ctx context.Context, owner account.Account, may func() bool) (noted int, err error) {
	now := a.clock.Now()

	for id, app := range owner.Apps {
		if !app.Health.Healthy() || app.Health.WantsCheck() || app.CheckedSince(now.Add(-checkEvery)) {
			continue
		}

		answer, ok, err := a.ask(ctx, owner, id, now, may)
		if err != nil {
			return noted, err
		}
		if !ok || !answer.said.Works() && !answer.said.Refused() {
			continue
		}

		err = a.accounts.change(ctx, owner.ID, func(c *account.Condition) bool {
			return c.Apps[id].Health.Healthy() && noteVerified(c, id, answer.said, answer.at)
		})
		if err != nil {
			return noted, err
		}

		noted++

		if id == owner.Sender && answer.said.Works() {
			if err = a.judgeDaily(ctx, owner, may); err != nil {
				return noted, err
			}
		}
	}

	return noted, nil
}

// judgeDaily judges the templates of the events that are on at the sender and with which nothing is wrong.
func (a *Apps) judgeDaily(ctx context.Context, owner account.Account, may func() bool) error {
	now := a.clock.Now()

	copies, err := a.store.Templates(ctx, owner.Sender, usedBy(owner, func(kind string) bool { return owner.Event(kind).Enabled }))
	if err != nil {
		return err
	}

	g := a.guard(owner)

	for _, kind := range slices.Sorted(maps.Keys(owner.Events)) {
		e := owner.Event(kind)
		if !e.Enabled || e.TemplateID == "" || !e.Health.Healthy() || e.Health.WantsCheck() {
			continue
		}

		kept, stored := copies[e.TemplateID]
		_, asked := g.copies[e.TemplateID]

		if fresh := stored && kept.CheckedAt.After(now.Add(-sharedFor)); !fresh && !asked && !may() {
			continue
		} else if fresh && !asked {
			g.copies[e.TemplateID] = g.known(ctx, kept)
		}

		g.judge(ctx, kind)
	}

	if len(g.judged) == 0 {
		return nil
	}

	return a.accounts.change(ctx, owner.ID, func(c *account.Condition) bool {
		changed, _ := g.note(c, now)
		return changed
	})
}

// ask asks a provider about an app, unless the instance has an answer that counts. ok is false if it is not to be asked now.
func (a *Apps) ask(ctx context.Context, owner account.Account, appID string, now time.Time, may func() bool) (answer asked, ok bool, err error) {
	last, known := a.asked.last(appID)

	switch age := now.Sub(last.at); {
	case known && owner.Apps[appID].Ownership == message.Platform && age < sharedFor && (last.said.Works() || last.said.Refused()):
		return last, true, nil
	case known && age < askAgain, !may():
		return asked{}, false, nil
	}

	said, err := a.check(ctx, Ref{AccountID: owner.ID, AppID: appID})
	if err != nil {
		return asked{}, false, err
	}

	answer = asked{said: said, at: now}
	a.asked.keep(appID, answer)

	return answer, true, nil
}

// TellSigns tells people of healthy apps that became silent, on whose number an assistant of the provider's began to answer, or of which
// neither is true any more. times are those of the account's apps. It tells each change once.
func (a *Apps) TellSigns(ctx context.Context, owner account.Account, times map[string]store.AppTimes) error {
	now := a.clock.Now()

	signs, news := map[string]account.Signs{}, false

	for id, app := range owner.Apps {
		p, known := a.providers.Get(app.Provider)
		signs[id] = signsOf(known && p.Capabilities().Callbacks, times[id])
		news = news || app.Health.Healthy() && app.Checked.Told != signs[id].Sign(now)
	}

	if !news {
		return nil
	}

	return a.accounts.changeBy(ctx, owner.ID, signs, func(c *account.Condition) bool {
		changed := false
		for id, s := range signs {
			changed = c.TellSign(id, s.Sign(now)) || changed
		}

		return changed
	})
}
