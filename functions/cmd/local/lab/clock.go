package lab

import (
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// clockState is what time it is in the run, and how far that is ahead of the machine's clock, such as "1h15m0s". UnderWay says of a move
// that it went on before all was done that it caused.
type clockState struct {
	Now      string `json:"now"`
	Ahead    string `json:"ahead"`
	UnderWay bool   `json:"underWay,omitempty"`
}

// clock answers with the run's time, after moving it ahead (POST).
func (l *Lab) clock(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet, http.MethodPost); err != nil {
		return err
	}

	underWay := false
	if r.Method == http.MethodPost {
		var wanted struct {
			Forward string `json:"forward"`
		}
		if err := readStrict(rw, r, &wanted, "forward"); err != nil {
			return err
		}

		d, err := time.ParseDuration(wanted.Forward)
		if err != nil {
			return fault.Field("forward", "must be a duration such as 15m or 24h")
		}
		if err := l.Forward(r.Context(), d); err != nil {
			return err
		}

		underWay = l.UnderWay()
	}

	return httpx.WriteJSON(rw, http.StatusOK, clockState{Now: local(l.Clock.Now()), Ahead: l.Ahead().String(), UnderWay: underWay})
}
