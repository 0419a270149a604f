"""An OpenID provider on loopback, by TLS: Django with django-oauth-toolkit, which agencies run as it is.

usage: provider.py PORT REDIRECT FOLDER    (FOLDER holds tls.pem and signing.pem; prints "ready")

Two made-up people have accounts, `nadia` and `omar`, each with the password `made up`; the client `mithaq` has the secret `a secret`.
"""

import pathlib
import ssl
import sys
import wsgiref.simple_server
from socketserver import ThreadingMixIn

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

PAGE = "<!doctype html><title>Login</title><form method=post>{% csrf_token %}{{ form.as_p }}<button>Log in</button></form>"


def configure(folder: pathlib.Path, issuer: str) -> None:
    settings.configure(
        SECRET_KEY="made up", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, USE_TZ=True, LOGIN_URL="/login",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "provider.sqlite")}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
        MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
                    "django.contrib.auth.middleware.AuthenticationMiddleware"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {
            "loaders": [("django.template.loaders.locmem.Loader", {"registration/login.html": PAGE})],
            "context_processors": ["django.contrib.auth.context_processors.auth"]}}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        OAUTH2_PROVIDER={"OIDC_ENABLED": True, "OIDC_ISS_ENDPOINT": issuer, "PKCE_REQUIRED": True,
                         "OIDC_RSA_PRIVATE_KEY": (folder / "signing.pem").read_text(), "SCOPES": {"openid": "who it is"}})


urlpatterns = []


def main(port: int, redirect: str, folder: pathlib.Path) -> None:
    configure(folder, f"https://127.0.0.1:{port}/o")
    django.setup()
    from django.contrib.auth.models import User
    from django.contrib.auth.views import LoginView
    from oauth2_provider.models import Application

    urlpatterns.extend([path("login", LoginView.as_view()), path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))])
    call_command("migrate", verbosity=0)
    for name in ("nadia", "omar"):
        User.objects.create_user(name, password="made up")
    Application.objects.create(name="Mithaq", client_id="mithaq", client_secret="a secret", redirect_uris=redirect,
                               client_type="confidential", authorization_grant_type="authorization-code",
                               algorithm="RS256", skip_authorization=True)

    class Server(ThreadingMixIn, wsgiref.simple_server.WSGIServer):
        daemon_threads = True

    class Quiet(wsgiref.simple_server.WSGIRequestHandler):
        def get_environ(self) -> dict:
            return super().get_environ() | {"HTTPS": "on"}

        def log_message(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", port), Quiet)
    server.set_app(get_wsgi_application())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]))
