package cloud

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"strings"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/test/bufconn"
)

const (
	maxMessage    = 32 << 20 // over every service's own limit, which shall answer first
	bufconnSize   = 32 << 10
	window        = 1 << 20 // bytes of a call on the way: one that is sized by measuring costs a ping a call
	streamWorkers = 32      // goroutines kept for calls: a new one each spends a tenth of the time on growing its stack
)

// listen serves in process, serves the public key where an address for it is given, and takes the TCP address, if there is
// one, on which callers wait until it is served.
func (c *Cloud) listen(ctx context.Context, o Options) (outside net.Listener, err error) {
	workers := uint32(streamWorkers)
	if o.Direct {
		workers = 0 // few calls come to the server
	}

	c.server = grpc.NewServer(
		grpc.NumStreamWorkers(workers), grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(math.MaxInt32),
		grpc.StaticStreamWindowSize(window), grpc.StaticConnWindowSize(64*window),
		grpc.ChainUnaryInterceptor(c.interceptUnary), grpc.ChainStreamInterceptor(c.interceptStream),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
	)

	var services grpc.ServiceRegistrar = c.server
	if o.Direct {
		c.direct = newDirect(c)
		services = c.direct
	}

	c.firestore.Register(services)
	c.pubsub.Register(services)
	c.secrets.Register(services)
	c.memory = bufconn.Listen(bufconnSize)
	if o.ListenKeys != "" {
		if err = c.serveKeys(ctx, o.ListenKeys); err != nil {
			return nil, err
		}
	}

	if o.Listen != "" {
		var lc net.ListenConfig
		if outside, err = lc.Listen(ctx, "tcp", o.Listen); err != nil {
			return nil, err
		}

		c.addr = outside.Addr().String()
	}

	c.serveOn(ctx, c.memory)
	c.self, err = c.dial()

	return outside, err
}

func (c *Cloud) serveOn(ctx context.Context, l net.Listener) {
	c.serve.Go(func() {
		if err := c.server.Serve(c.conns.track(l)); err != nil {
			c.logger.ErrorContext(context.WithoutCancel(ctx), "local cloud stopped serving", "error", err)
		}
	})
}

// serveKeys serves the public key and Cloud Storage over HTTP.
func (c *Cloud) serveKeys(ctx context.Context, addr string) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}

	c.keysAddr = l.Addr().String()
	mux := http.NewServeMux()
	mux.Handle("/", c.tokens)
	mux.Handle("/storage/v1/", c.storage)
	mux.Handle("/upload/storage/v1/", c.storage)
	c.keys = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	c.serve.Go(func() {
		if err := c.keys.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			c.logger.ErrorContext(context.WithoutCancel(ctx), "local cloud stopped serving its key", "error", err)
		}
	})

	return nil
}

// KeysURL is where the public key is served, as a JSON Web Key Set; empty without [Options.ListenKeys].
func (c *Cloud) KeysURL() string {
	if c.keysAddr == "" {
		return ""
	}
	return "http://" + c.keysAddr + "/"
}

// StorageURL is where Cloud Storage is served, for STORAGE_EMULATOR_HOST; empty without [Options.ListenKeys].
func (c *Cloud) StorageURL() string { return strings.TrimSuffix(c.KeysURL(), "/") }

// Addr is the TCP address that is served, host:port, or empty.
func (c *Cloud) Addr() string { return c.addr }

// dialOptions reach the server in process; own are the caller's.
func (c *Cloud) dialOptions(own ...grpc.DialOption) []grpc.DialOption {
	all := append([]grpc.DialOption{
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return c.memory.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)),
	}, own...)
	if c.direct != nil {
		all = append(all, c.direct.dialOptions()...)
	}

	return all
}

func (c *Cloud) dial(opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///localcloud", c.dialOptions(opts...)...)
}

// Conn returns a new connection in process, with interceptors if the options have some; [Cloud.Close] closes it at the latest.
func (c *Cloud) Conn(opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	conn, err := c.dial(opts...)
	if err != nil {
		return nil, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	c.dialled = append(c.dialled, conn)

	return conn, nil
}

// ClientOptions make the clients of Firestore, Pub/Sub and Secret Manager talk to this cloud in process, each over
// connections of its own. The variables FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST must not be set, since the
// clients prefer them. Interceptors and what else a caller wants of the connections are given here, and not added to the options:
// with [Options.Direct] they would see nothing of what is answered before them.
func (c *Cloud) ClientOptions(own ...grpc.DialOption) []option.ClientOption {
	opts := []option.ClientOption{
		option.WithEndpoint("passthrough:///localcloud"), option.WithoutAuthentication(), option.WithTelemetryDisabled(),
	}
	for _, d := range c.dialOptions(own...) {
		opts = append(opts, option.WithGRPCDialOption(d))
	}

	return opts
}

// RemoteOptions make the clients talk to a local cloud in another process, at addr (host:port).
func RemoteOptions(addr string) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint("passthrough:///" + addr), option.WithoutAuthentication(), option.WithTelemetryDisabled(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}
