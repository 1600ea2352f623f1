package timemachine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// settings are the account's, of each moment.
type settings struct {
	today account.Account
	// versions are the changes of the settings, the oldest first, without the settings themselves.
	versions []store.Version
	// whole are those that were needed.
	whole map[int64]account.Account
	// put is the version that the scratch has; -1 before the first.
	put int64
	// texts are the fingerprints of the templates that the scratch has, by app and template.
	texts map[[2]string]string
}

const versionsPage = 500

// readSettings reads the account and the list of its versions.
func readSettings(ctx context.Context, o Options) (settings, error) {
	today, err := o.Real.Account(ctx, o.AccountID)
	if err != nil {
		return settings{}, fmt.Errorf("account %s: %w", o.AccountID, err)
	}

	s := settings{
		today: today,
		whole: map[int64]account.Account{},
		put:   -1,
		texts: map[[2]string]string{},
	}

	for before := int64(0); ; {
		page, err := o.Real.Versions(ctx, o.AccountID, before, versionsPage)
		if err != nil {
			return settings{}, err
		}

		s.versions = append(s.versions, page...)
		if len(page) < versionsPage {
			break
		}

		before = page[len(page)-1].Number
	}

	slices.Reverse(s.versions)

	return s, nil
}

// versionAt returns the number of the settings that counted at a time; 0 if none did.
func (s settings) versionAt(t time.Time) (number int64) {
	for _, v := range s.versions {
		if v.At.After(t) {
			break
		}

		number = v.Number
	}

	return number
}

// justChanged reports whether the settings were changed so shortly before a time that an instance may not have seen it.
func (s settings) justChanged(t time.Time) bool {
	return s.versionAt(t) != s.versionAt(t.Add(-cached-skew))
}

// settle has the scratch have the settings and the template that a delivery was decided by.
func (m *machine) settle(ctx context.Context, d *delivery, t time.Time) error {
	number := m.settings.versionAt(t)

	var was struct{ app, template, text string }
	if d != nil && d.decided {
		one := m.stored[d.id]
		was.app, was.template, was.text = one.AppID, one.TemplateID, one.Grounds.Copy

		if one.Grounds.Settings != 0 {
			number = one.Grounds.Settings
		}
	}

	if m.o.Now {
		return m.putSettings(ctx, m.settings.today.Version)
	}
	if err := m.putSettings(ctx, number); err != nil {
		return err
	}

	return m.putText(ctx, was.app, was.template, was.text)
}

// putSettings puts a version of the account into the scratch. Whether an app or a template was held then is not known: none is.
func (m *machine) putSettings(ctx context.Context, number int64) error {
	s := &m.settings
	if s.put == number {
		return nil
	}

	a, known := s.whole[number]
	if !known {
		var err error
		if a, err = m.version(ctx, number); err != nil {
			return err
		}
		if a, err = m.changed(a); err != nil {
			return err
		}

		s.whole[number] = a
	}

	if err := m.scratch.Store.PutAccount(ctx, a); err != nil {
		return err
	}

	s.put = number

	return m.scratch.Refresh(ctx)
}

// version reads a version of the account. Today's stands for one that was never kept: documents of the old form have none.
func (m *machine) version(ctx context.Context, number int64) (account.Account, error) {
	if number == m.settings.today.Version {
		return m.settings.today, nil
	}

	v, err := m.o.Real.Version(ctx, m.o.AccountID, number)
	if errors.Is(err, store.ErrNotFound) {
		return m.settings.today, nil
	}

	return v.Settings, err
}

// changed returns the account as it is to be found, without anything held.
func (m *machine) changed(a account.Account) (account.Account, error) {
	a.Apps, a.Events = maps.Clone(a.Apps), maps.Clone(a.Events)
	for id, app := range a.Apps {
		app.Health, app.Checked = account.Health{}, m.settings.today.Apps[id].Checked
		a.Apps[id] = app
	}

	for kind, e := range a.Events {
		e.Health = account.Health{}
		a.Events[kind] = e
	}

	if m.o.Change == nil {
		return a, nil
	}

	return m.o.Change(a)
}

// putText puts the copy of a template that a message was claimed with into the scratch.
func (m *machine) putText(ctx context.Context, app, template, text string) error {
	at := [2]string{app, template}
	if text == "" || m.settings.texts[at] == text {
		return nil
	}

	t, err := m.o.Real.TemplateCopy(ctx, app, template, text)
	if errors.Is(err, store.ErrNotFound) {
		return nil // it says so itself: the message is claimed with another text
	}
	if err != nil {
		return err
	}

	m.settings.texts[at] = text

	if err = m.scratch.Store.PutTemplate(ctx, app, t); err != nil {
		return err
	}

	return m.scratch.Refresh(ctx)
}
