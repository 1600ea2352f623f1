package meter

import (
	"encoding/json"
	"errors"
	"math"

	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// region is the one whose prices count, by its name in prices.json: asia-south1, where the product runs.
const region = "Mumbai"

// Cost is what invocations did, and what Google charges for it: their requests, and their operations at Firestore. Processor time, Pub/Sub
// and storage are left out, as is what is free each day.
type Cost struct {
	Invocations int64 `json:"invocations"`
	Reads       int64 `json:"reads"`
	Writes      int64 `json:"writes"`
	Deletes     int64 `json:"deletes"`
	// NanoDollars are billionths of a US dollar.
	NanoDollars int64 `json:"nanoDollars"`
}

// Plus returns the sum of two costs.
func (c Cost) Plus(d Cost) Cost {
	return Cost{
		Invocations: c.Invocations + d.Invocations,
		Reads:       c.Reads + d.Reads,
		Writes:      c.Writes + d.Writes,
		Deletes:     c.Deletes + d.Deletes,
		NanoDollars: c.NanoDollars + d.NanoDollars,
	}
}

// prices are of one each, in nano-dollars.
type prices struct{ request, read, write, deletion int64 }

func (p prices) of(c Cost) int64 {
	return c.Invocations*p.request + c.Reads*p.read + c.Writes*p.write + c.Deletes*p.deletion
}

// readPrices returns the region's prices of testdata/prices.json, which has them in dollars.
func readPrices() (prices, error) {
	text, err := testdata.Files.ReadFile("prices.json")
	if err != nil {
		return prices{}, err
	}

	var list struct {
		Regions []struct {
			Name            string  `json:"name"`
			MillionRequests float64 `json:"millionRequests"`
			Reads100k       float64 `json:"reads100k"`
			Writes100k      float64 `json:"writes100k"`
			Deletes100k     float64 `json:"deletes100k"`
		} `json:"regions"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return prices{}, err
	}

	for _, r := range list.Regions {
		if r.Name == region {
			return prices{
				request:  nanos(r.MillionRequests, 1e6),
				read:     nanos(r.Reads100k, 1e5),
				write:    nanos(r.Writes100k, 1e5),
				deletion: nanos(r.Deletes100k, 1e5),
			}, nil
		}
	}

	return prices{}, errors.New("testdata/prices.json has no prices of " + region)
}

// nanos is the price of one, in nano-dollars, of what costs so many dollars for so many.
func nanos(dollars, many float64) int64 { return int64(math.Round(dollars * 1e9 / many)) }
