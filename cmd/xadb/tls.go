package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/server"
)

// The files of a certificate that xadb makes, in the store's folder.
const (
	certFile = "server-cert.pem"
	keyFile  = "server-key.pem"
	// certYears is how long it is good for.
	certYears = 10
)

// An offer is the certificate that clients are shown, in two files.
type offer struct {
	cert, key string
	log       *slog.Logger
	pair      atomic.Pointer[tls.Certificate]
}

// offerTLS is what the server offers; nil: no TLS.
func offerTLS(o serveFlags, log *slog.Logger) (*offer, error) {
	if !o.tls {
		return nil, nil
	}
	c := &offer{cert: o.tlsCert, key: o.tlsKey, log: log}
	if c.cert == "" {
		c.cert, c.key = filepath.Join(o.data, certFile), filepath.Join(o.data, keyFile)
		if err := makeCertificate(c.cert, c.key); err != nil {
			return nil, fmt.Errorf("cannot make a certificate: %w; give one with --tls-cert and --tls-key, or --tls=false", err)
		}
	}
	return c, c.reload()
}

// reload reads the files, for the connections to come.
func (c *offer) reload() error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("cannot use the certificate %s with the key %s: %w", c.cert, c.key, err)
	}
	c.pair.Store(&pair)
	sum := sha256.Sum256(pair.Certificate[0])
	c.log.Info("TLS is offered", "certificate", c.cert, "sha256", hex.EncodeToString(sum[:]))
	return nil
}

// set has the server make the offer.
func (c *offer) set(o *server.Options) {
	if c == nil {
		return
	}
	o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return c.pair.Load(), nil
	}}
	o.ReloadTLS = c.reload
}

// makeCertificate makes a key, and a certificate that it signs itself, unless
// both are there. The certificate comes last: without it both are made anew.
func makeCertificate(certPath, keyPath string) error {
	_, err := os.Stat(certPath)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "xadb server"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(certYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if name, err := os.Hostname(); err == nil {
		template.DNSNames = append(template.DNSNames, name)
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(keyPath, "PRIVATE KEY", der); err != nil {
		return err
	}
	return writePEM(certPath, "CERTIFICATE", cert)
}

// writePEM replaces a file by one that only its owner may read; there is never
// half of one.
func writePEM(path, kind string, der []byte) error {
	part := path + ".new"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: der})
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(part, path)
}
