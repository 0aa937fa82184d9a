<?php
declare(strict_types=1);

// A small shop on PHP's own sessions, as people write it. CAREFUL=1 gives a new id at
// the login, and destroys the session at the logout; else the id of before goes on, and
// the logout takes the cookie out of the browser alone. COOKIE_PATH and COOKIE_DOMAIN
// are PHP's settings of these names. With DELETE=max-age the logout deletes the cookie by
// its age, else by a date. With RENEW=1 every page gets a new id, as some frameworks do
// now and then, and the one of before is left to the requests that still bear it.

const PEOPLE = ['ada' => 'lovelace-and-babbage', 'bob' => 'builder-of-bridges'];
const ITEMS = ['1' => 'pavise', '2' => 'arrows'];

$careful = getenv('CAREFUL') === '1';
ini_set('session.use_strict_mode', $careful ? '1' : '0');
ini_set('session.cookie_path', getenv('COOKIE_PATH') ?: '/');
ini_set('session.cookie_domain', getenv('COOKIE_DOMAIN') ?: '');
ini_set('session.cookie_lifetime', $careful ? '0' : (string) (365 * 24 * 3600));

$path = preg_replace('#^/shop/#', '/', parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)); // it is at both places
$post = $_SERVER['REQUEST_METHOD'] === 'POST';
session_start(['read_and_close' => in_array($path, ['/whoami', '/slow'], true)]);

if (getenv('RENEW') === '1' && !in_array($path, ['/whoami', '/slow'], true)) {
    session_regenerate_id();
}

match (true) {
    $path === '/' => shop(),
    $path === '/login' => $post ? enter($careful) : login(),
    $path === '/account' => account(),
    $path === '/cart' => $post ? buy() : cart(),
    $path === '/upload' => $post ? received() : upload(),
    $path === '/logout' && $post => leave($careful),
    $path === '/whoami' => who(),
    $path === '/slow' => who(min((int) ($_GET['ms'] ?? 0), 5000)),
    default => page('Not found', '<p>There is no such page.</p>', 404),
};

function text(string $s): string
{
    return htmlspecialchars($s, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

function page(string $title, string $body, int $status = 200): void
{
    http_response_code($status);
    header('Content-Type: text/html; charset=utf-8');
    echo '<!doctype html><html lang="en"><meta charset="utf-8"><title>', text($title), '</title>',
        '<link rel="icon" href="data:,"><h1>', text($title), "</h1>\n", $body, '</html>';
}

function go(string $to): void
{
    header("Location: $to", true, 303);
}

function form(string $to, string $fields, string $more = ''): string
{
    $token = text($_SESSION['token'] ??= bin2hex(random_bytes(16)));
    return "<form method=\"post\" action=\"$to\" $more><input type=\"hidden\" name=\"token\" value=\"$token\">$fields</form>";
}

// honest says whether a form is one of ours.
function honest(): bool
{
    return hash_equals($_SESSION['token'] ?? '', (string) ($_POST['token'] ?? ' '));
}

function shop(): void
{
    $body = '';
    foreach (ITEMS as $id => $name) {
        $body .= form('/cart', "<input type=\"hidden\" name=\"item\" value=\"$id\"><button id=\"add-$id\">Add " . text($name) . '</button>');
    }
    page('Shop', $body . '<p><a href="/login">Log in</a> <a href="/account">Account</a></p>');
}

function login(string $problem = '', int $status = 200): void
{
    $fields = '<input name="name" autocomplete="username"><input name="password" type="password" autocomplete="current-password"><button>Log in</button>';
    page('Log in', ($problem === '' ? '' : '<p id="error">' . text($problem) . '</p>') . form('/login', $fields), $status);
}

function enter(bool $careful): void
{
    $name = (string) ($_POST['name'] ?? '');
    if (!honest() || !hash_equals(PEOPLE[$name] ?? '', (string) ($_POST['password'] ?? ' '))) {
        login('Wrong name or password.', 401);
        return;
    }
    if ($careful) {
        session_regenerate_id(true);
    }
    $_SESSION['user'] = $name;
    go('/account');
}

function account(): void
{
    if (!isset($_SESSION['user'])) {
        go('/login');
        return;
    }
    page('Account', '<p id="user">' . text($_SESSION['user']) . '</p>' . form('/logout', '<button>Log out</button>'));
}

function buy(): void
{
    $name = ITEMS[$_POST['item'] ?? ''] ?? null;
    if (!honest() || $name === null) {
        page('Cart', '<p>There is no such item.</p>', 400);
        return;
    }
    $_SESSION['cart'][$name] = ($_SESSION['cart'][$name] ?? 0) + 1;
    go('/cart');
}

function cart(): void
{
    $lines = '';
    foreach ($_SESSION['cart'] ?? [] as $name => $n) {
        $lines .= "<li>$n × " . text($name) . '</li>';
    }
    page('Cart', "<ul id=\"cart\">$lines</ul>");
}

function upload(): void
{
    page('Upload', form('/upload', '<input type="file" name="file"><input name="title"><button>Send</button>', 'enctype="multipart/form-data"'));
}

function received(): void
{
    $file = $_FILES['file'] ?? null;
    if (!honest() || $file === null || $file['error'] !== UPLOAD_ERR_OK) {
        page('Upload', '<p>There is no file.</p>', 400);
        return;
    }
    page('Upload', '<p id="title">' . text((string) $_POST['title']) . "</p><p id=\"size\">{$file['size']}</p>"
        . '<p id="sha256">' . hash_file('sha256', $file['tmp_name']) . '</p>');
}

function leave(bool $careful): void
{
    $how = ['path' => ini_get('session.cookie_path'), 'domain' => ini_get('session.cookie_domain')];
    if ($careful) {
        session_destroy();
    }
    if (getenv('DELETE') === 'max-age') {
        header('Set-Cookie: ' . session_name() . "=deleted; Max-Age=0; Path={$how['path']}", false);
    } else {
        setcookie(session_name(), '', $how + ['expires' => 1]); // a second of 1970
    }
    go('/');
}

// who tells by which cookies a request came, and whose it is.
function who(int $ms = 0): void
{
    usleep($ms * 1000);
    header('Content-Type: application/json');
    echo json_encode(['user' => $_SESSION['user'] ?? '', 'cookie' => $_SERVER['HTTP_COOKIE'] ?? '', 'socket' => false]);
}
