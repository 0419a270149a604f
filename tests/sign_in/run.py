"""Signing in by an agency's own OpenID provider: a real provider, a real node, a real browser, all on loopback.

usage: run.py PROGRAM    (the mithaq program; chromedriver must be on the PATH)

The provider is another site than the console (127.0.0.1 and localhost), so that cookies and the way back are as in an agency.
"""

import datetime
import ipaddress
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions

# Where an administrator begins.
FIRST_PAGE = "/agreements"
HERE = pathlib.Path(__file__).parent


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def pem_of(key) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def make_keys(folder: pathlib.Path) -> None:
    """A certificate authority, the provider's certificate under it, and the key that signs tokens."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def certificate(subject: str, key, issuer: str, signer, extension) -> bytes:
        name = lambda text: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
        builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=9))
        signed = builder.add_extension(extension, critical=True).sign(signer, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = certificate("made-up CA", authority, "made-up CA", authority, x509.BasicConstraints(ca=True, path_length=0))
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    (folder / "ca.pem").write_bytes(ca)
    (folder / "tls.pem").write_bytes(pem_of(server) + certificate("provider", server, "made-up CA", authority, here))
    (folder / "signing.pem").write_bytes(pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048)))


class World:
    """A node with two people, a provider with accounts for both, and a browser."""

    def __init__(self, program: str, folder: pathlib.Path) -> None:
        self.program, self.folder = program, folder
        self.api, self.issuer_port = free_port(), free_port()
        self.site = f"http://localhost:{self.api}"
        self.processes: list[subprocess.Popen] = []
        make_keys(folder)
        (folder / "pass").write_text("a passphrase for a test\n")
        (folder / "secret").write_text("a secret\n")
        self.mithaq("init", "node", "--name", "en=Police of Examplia (made up)", "--country", "XAA", "--body", "police",
                    "--peer", "127.0.0.1:0", "--api", f"127.0.0.1:{self.api}", "--advertise", "https://node.example:8443",
                    "--passphrase-file", "pass")
        config = folder / "node" / "node.toml"
        config.write_text(config.read_text() + f"""
[sign_in]
issuer = "https://127.0.0.1:{self.issuer_port}/o"
client_id = "mithaq"
secret_file = "{folder / 'secret'}"
ca_file = "{folder / 'ca.pem'}"
""")
        self.mithaq("auditor", "new", "auditor.key", "--unsealed")
        self.provider = self.start([sys.executable, "-B", str(HERE / "provider.py"), str(self.issuer_port),
                                    f"{self.site}/sign-in/return", str(folder)])
        self.start([program, "serve", "node", "--passphrase-file", "pass", "--log-level", "warn"])
        self.mithaq("auditor", "add", "node", "auditor.key.pub")
        self.mithaq("person", "add", "node", "--name", "Nadia (made up)", "--role", "node_admin", "--language", "en")
        self.mithaq("person", "add", "node", "--name", "Omar (made up)", "--role", "case_officer", "--purpose", "coordination",
                    "--language", "en")

    def start(self, command: list[str]) -> subprocess.Popen:
        process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        assert process.stdout.readline(), f"{command} ended"
        return process

    def mithaq(self, *arguments: str) -> str:
        done = subprocess.run([self.program, *arguments], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def link(self, person: str) -> str:
        return self.site + self.mithaq("person", "link", "node", person).split("nodes pages")[0].split("once, within three days: ")[-1].strip()

    def browser(self) -> webdriver.Chrome:
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=en"):
            options.add_argument(argument)
        options.accept_insecure_certs = True
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        driver.add_virtual_authenticator(VirtualAuthenticatorOptions(
            protocol=VirtualAuthenticatorOptions.Protocol.CTAP2, transport=VirtualAuthenticatorOptions.Transport.INTERNAL,
            has_resident_key=True, has_user_verification=True, is_user_verified=True))
        return driver

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def until(driver, path: str) -> None:
    """Waits until the browser is there, whatever leads there."""
    wait(driver, lambda: driver.current_url.split("?")[0].endswith(path), f"to be at {path}")


def shows(driver, words: str) -> None:
    """Waits until the page says so."""
    wait(driver, lambda: words in text(driver), f"the words `{words}`")


def wait(driver, is_so, what: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            if is_so():
                return
        except WebDriverException:
            pass  # One page follows another.
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what} at {driver.current_url}: {text(driver)[:400]}")


def click(driver, selector: str) -> None:
    def clicked() -> bool:
        driver.find_element(By.CSS_SELECTOR, selector).click()
        return True

    wait(driver, clicked, selector)


def act(driver, script: str) -> None:
    """Sends a form, once it is there."""
    wait(driver, lambda: driver.execute_script(f"{script}; return true"), script)


def text(driver) -> str:
    return driver.execute_script("return document.body?.innerText ?? ''")


def log_in(driver, name: str) -> None:
    until(driver, "/login")
    wait(driver, lambda: driver.find_elements(By.CSS_SELECTOR, "input[name=password]"), "the provider's form")
    driver.find_element(By.NAME, "username").send_keys(name)
    driver.find_element(By.NAME, "password").send_keys("made up")
    click(driver, "button")


def sign_out(driver) -> None:
    act(driver, "document.querySelector(\"form[action='/sign-out']\").requestSubmit()")
    until(driver, "/sign-in")


def by_link_from_then_on(world: World) -> None:
    """Whoever has a link may take the account instead of a passkey, and is let in by it from then on."""
    driver = world.browser()
    try:
        driver.get(world.link("Omar (made up)"))
        click(driver, "button[data-service]")
        log_in(driver, "omar")
        until(driver, "/inbox")
        wait(driver, lambda: "Omar (made up)" in driver.page_source, "the name")
        sign_out(driver)
        # The provider knows the browser still; where one wanted to go is not lost on the way.
        driver.get(f"{world.site}/drafts")
        until(driver, "/sign-in")
        click(driver, "a[href^='/sign-in/service']")
        until(driver, "/drafts")
        # The cookie for the way back is gone: it brings somebody in once.
        driver.get(f"{world.site}/sign-in/return?code=x&state=y")
        shows(driver, "too long ago")
        # Of what asks for a passkey, the account does nothing.
        driver.get(f"{world.site}/me")
        act(driver, "document.querySelector(\"form[action='/me/account/remove']\").submit()")
        until(driver, "/me/account/remove")
        shows(driver, "passkey")
        driver.get(f"{world.site}/me")
        shows(driver, "Account at the agency")
    finally:
        driver.quit()


def nobody_else(world: World) -> None:
    """An account that nobody is bound to lets nobody in; a bound one binds nobody else."""
    driver = world.browser()
    try:
        driver.get(f"{world.site}/sign-in")
        click(driver, "a[href^='/sign-in/service']")
        log_in(driver, "nadia")
        until(driver, "/sign-in/return")
        shows(driver, "bound to this account")
        driver.get(f"{world.site}/inbox")
        until(driver, "/sign-in")
    finally:
        driver.quit()
    driver = world.browser()
    try:
        driver.get(world.link("Nadia (made up)"))
        click(driver, "button[data-service]")
        log_in(driver, "omar")
        until(driver, "/sign-in/return")
        shows(driver, "bound to somebody already")
    finally:
        driver.quit()


def beside_a_passkey(world: World) -> None:
    """Who has a passkey adds the account, and an administrator who takes the passkeys away takes it too."""
    driver = world.browser()
    try:
        driver.get(world.link("Nadia (made up)"))
        click(driver, "form[data-passkey] button.p")
        until(driver, FIRST_PAGE)
        driver.get(f"{world.site}/me")
        act(driver, "document.querySelector(\"form[action='/me/account']\").requestSubmit()")
        log_in(driver, "nadia")
        until(driver, "/me")
        shows(driver, "Account at the agency")
        sign_out(driver)
        click(driver, "a[href^='/sign-in/service']")
        until(driver, FIRST_PAGE)
        # With the passkey shown again, the account goes.
        driver.get(f"{world.site}/confirm?to=/me")
        click(driver, "form[data-passkey] button")
        until(driver, "/me")
        act(driver, "document.querySelector(\"form[action='/me/account/remove']\").submit()")
        until(driver, "/me")
        wait(driver, lambda: "/me/account/remove" not in driver.page_source, "the account to be gone")
        sign_out(driver)
        click(driver, "a[href^='/sign-in/service']")
        until(driver, "/sign-in/return")
        shows(driver, "bound to this account")
    finally:
        driver.quit()
    world.mithaq("person", "take-passkeys", "node", "Omar (made up)")
    driver = world.browser()
    try:
        driver.get(f"{world.site}/sign-in")
        click(driver, "a[href^='/sign-in/service']")
        log_in(driver, "omar")
        until(driver, "/sign-in/return")
        shows(driver, "bound to this account")
    finally:
        driver.quit()


def from_other_sites(world: World) -> None:
    """Another site leads to the way back alone, and only as a page to look at."""

    def asked(path: str, **headers: str) -> int:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(world.site.replace("localhost", "127.0.0.1") + path,
                                         headers={"Host": f"localhost:{world.api}"} | fields)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    page = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    back = "/sign-in/return?code=x&state=y"
    assert asked(back, **page) == 409
    wrong = asked("/sign-in", **page)
    assert wrong not in (200, 409), wrong
    for changed in ({"Sec_Fetch_Mode": "cors"}, {"Sec_Fetch_Dest": "image"}, {"Sec_Fetch_Dest": "iframe"}):
        assert asked(back, **(page | changed)) == wrong, changed
    assert asked("/v1/status?to=/sign-in/return", **page) == wrong


def when_it_is_silent(world: World) -> None:
    """Without the service the page says so, and a passkey still lets in."""
    world.provider.kill()
    world.provider.wait()
    driver = world.browser()
    try:
        driver.get(f"{world.site}/sign-in")
        # What the service says of itself is believed for a while; then nothing is begun.
        click(driver, "a[href^='/sign-in/service']")
        said = ("ERR_CONNECTION_REFUSED", "does not answer")
        wait(driver, lambda: any(words in driver.page_source for words in said), "word that nobody answers")
    finally:
        driver.quit()


def main(program: str) -> int:
    failed = 0
    tries = [by_link_from_then_on, nobody_else, beside_a_passkey, from_other_sites, when_it_is_silent]
    with tempfile.TemporaryDirectory() as folder:
        world = World(str(pathlib.Path(program).resolve()), pathlib.Path(folder))
        try:
            for one in tries:
                try:
                    one(world)
                    print(f"{one.__name__}: ok", flush=True)
                except Exception:
                    failed += 1
                    print(f"{one.__name__}: FAILED\n{traceback.format_exc()}", flush=True)
        finally:
            world.end()
    print(f"{len(tries) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
