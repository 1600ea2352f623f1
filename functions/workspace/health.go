package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// healthDayBody is how an app or a template did on a day. Shares are in hundredths of a percent; null of no message.
type healthDayBody struct {
	Day            string `json:"day"`
	Tried          int64  `json:"tried"`
	Failed         int64  `json:"failed"`
	Delivered      int64  `json:"delivered"`
	Read           int64  `json:"read"`
	DeliveredShare *int64 `json:"deliveredShare"`
	ReadShare      *int64 `json:"readShare"`
	Quality        string `json:"quality,omitempty"`
	Limit          string `json:"limit,omitempty"`
}

type healthSeriesBody struct {
	App string `json:"app"`
	// Template is absent in the series of the app as a whole.
	Template string          `json:"template,omitempty"`
	Name     string          `json:"name,omitempty"`
	Days     []healthDayBody `json:"days"`
}

// fallBody is a share that is much lower of late.
type fallBody struct {
	App      string `json:"app"`
	Template string `json:"template,omitempty"`
	Name     string `json:"name,omitempty"`
	What     string `json:"what"`
	From     string `json:"from"`
	To       string `json:"to"`
	Share    int64  `json:"share"`
	Before   int64  `json:"before"`
	Messages int64  `json:"messages"`
	Text     string `json:"text"`
}

type healthReportBody struct {
	From string `json:"from"`
	To   string `json:"to"`
	Zone string `json:"zone"`
	// OpenFrom is absent if every day is closed.
	OpenFrom string             `json:"openFrom,omitempty"`
	Series   []healthSeriesBody `json:"series"`
	Falls    []fallBody         `json:"falls"`
}

func (h *handler) getHealth(c *call) error {
	asked := c.r.URL.Query()

	health, err := h.Book.Health(c.r.Context(), c.caller, c.args["accountId"], usage.HealthQuery{From: asked.Get("from"), To: asked.Get("to")})
	if err != nil {
		return err
	}

	body := healthReportBody{
		From:     string(health.From),
		To:       string(health.To),
		Zone:     health.Zone,
		OpenFrom: string(health.OpenFrom),
		Series:   []healthSeriesBody{},
		Falls:    []fallBody{},
	}

	for _, s := range health.Series {
		one := healthSeriesBody{App: s.AppID, Template: s.TemplateID, Name: s.Name}
		for _, d := range s.Days {
			one.Days = append(one.Days, healthDayBody{
				Day:            string(d.Day),
				Tried:          d.Tried,
				Failed:         d.Failed,
				Delivered:      d.Delivered,
				Read:           d.Read,
				DeliveredShare: shareOf(d.Delivered, d.Tried),
				ReadShare:      shareOf(d.Read, d.Delivered),
				Quality:        d.Quality,
				Limit:          d.Limit,
			})
		}

		body.Series = append(body.Series, one)
	}

	for _, f := range health.Falls {
		body.Falls = append(body.Falls, fallBody{
			f.AppID, f.TemplateID, f.Name, string(f.What), string(f.From), string(f.To), f.Share, f.Before, f.Messages, f.Text(),
		})
	}

	return httpx.WriteJSON(c.w, http.StatusOK, body)
}

// shareOf returns a share; nil of nothing.
func shareOf(part, whole int64) *int64 {
	share, ok := usage.Share(part, whole)
	if !ok {
		return nil
	}

	return &share
}
