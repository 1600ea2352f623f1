package simulation

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// machine is one instance of every function, with a clock and connections of its own. A dead one gets an error for every call,
// nothing of it reaches anybody, and its answers are not heard.
type machine struct {
	world *World
	name  string
	skew  time.Duration
	// self is who does what the machine does for nobody in particular.
	self *actor

	rig.Functions

	// function is what the functions are built of.
	function boot.Function

	life *boot.Lifecycle

	mu   sync.Mutex
	dead bool
	// ended is closed when the machine dies.
	ended chan struct{}
}

// skewed is a clock that is off.
type skewed struct {
	clock.Real
	by time.Duration
}

// Now is the time that the clock shows.
func (s skewed) Now() time.Time { return s.Real.Now().Add(s.by) }

// functionsURL is where the functions and the simulators are, for those who call them. There is no network: gates take the calls.
const functionsURL = "http://simulation.test"

// newMachine starts the functions of an instance, cold.
func (w *World) newMachine(name string, skew time.Duration) (*machine, error) {
	m := &machine{world: w, name: name, skew: skew, ended: make(chan struct{})}
	m.self = m.actor(name)

	env := world.Environment(functionsURL, world.Project)
	maps.Copy(env, map[string]string{"SWEEP_FOR": "0s", "MAX_INSTANCES": fmt.Sprint(len(w.plan.Machines))})
	maps.Copy(env, userKeys)

	if w.plan.Tries > 0 {
		env["MAX_TRIES"] = fmt.Sprint(w.plan.Tries)
	}

	conn, err := w.cloud.Conn(
		grpc.WithChainUnaryInterceptor(m.unary), grpc.WithChainStreamInterceptor(m.stream), grpc.WithIdleTimeout(0))
	if err != nil {
		return nil, err
	}

	clk := skewed{by: skew}
	logger := slog.New(slog.NewJSONHandler(w.logs, &slog.HandlerOptions{Level: w.logLevel})).With("machine", name)
	m.life = boot.NewLifecycle(logger, 0, clk)

	m.function = boot.Function{
		Lookuper:      config.Map(env),
		Clock:         clk,
		Logger:        logger,
		Lifecycle:     m.life,
		ClientOptions: []option.ClientOption{option.WithGRPCConn(conn), option.WithTelemetryDisabled()},
		Transport:     transport{m},
	}

	if m.Functions, err = rig.Build(w.ctx, m.function); err != nil {
		return nil, err
	}

	if w.plant != nil {
		w.plant(m)
	}

	return m, nil
}

// actor returns somebody who makes calls on the machine.
func (m *machine) actor(name string) *actor {
	return &actor{
		name: name, machine: m, began: time.Since(m.world.began), calls: map[string]int{}, together: map[string]*gathering{},
	}
}

func (m *machine) isDead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

// die ends the machine; why is for the trace.
func (m *machine) die(why string) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if m.dead {
		return
	}

	m.dead = true
	close(m.ended)
	m.world.faulty()
	m.world.note("%s dies: %s", m.name, why)
}

// close ends what the machine has open, after the simulation.
func (m *machine) close() { _ = m.life.Close(context.Background()) }
