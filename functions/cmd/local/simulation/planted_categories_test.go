package simulation

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// TestPlantedCategoriesAreFound plants functions that send as marketing what nobody has agreed to, or hold what may be sent. One of the seeds in
// which a template is moved, or is said to be moved, finds each.
func TestPlantedCategoriesAreFound(t *testing.T) {
	for name, tt := range map[string]struct {
		plant func(*machine)
		from  uint64 // a little before the first seed that finds it
		news  Word
		want  string
	}{
		"receive forgets that a template is marketing": {
			pushing(`"change":"category"`, func([]byte) []byte { return nil }), 460, TemplateMarketing, "although nothing may be since",
		},
		"receive takes what is announced for done": {
			pushing(`"change":"category_alert"`, func(data []byte) []byte {
				return bytes.Replace(data, []byte(`"category_alert"`), []byte(`"category"`), 1)
			}), 265, TemplateAnnounced, "which is not so",
		},
		"brands that hold are taken for those that send": {lettingGo, 270, TemplateMarketing, "as not_opted_in, which is not so"},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := tt.from; seed <= tt.from+300; seed++ {
				p := Draw(seed)
				if !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Kind == News && s.News == tt.news }) {
					continue
				}
				if strings.Contains(together(runPlanted(t, p, tt.plant).Findings), tt.want) {
					t.Logf("seed %d", seed)
					return
				}
			}

			t.Errorf("no seed has found %q", tt.want)
		})
	}
}

// lettingGo has every account say that its news of orders go out as marketing.
func lettingGo(m *machine) {
	w := m.world
	for _, b := range w.plan.Brands {
		a, err := w.parts.Store.Account(w.ctx, b.ID)
		if err != nil {
			panic(err) // it was made before
		}

		a.Reclassed = account.SendReclassed
		if err = w.parts.Store.PutAccount(w.ctx, a); err != nil {
			panic(err) // nothing is in its way
		}
	}
}
