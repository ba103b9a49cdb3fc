// One OpenSearch node in this process: java -cp 'lib/*' Main.java HOME HTTP_PORT TRANSPORT_PORT

import java.util.concurrent.CountDownLatch;
import org.codelibs.opensearch.runner.OpenSearchRunner;

class Main {
    public static void main(String[] given) throws Exception {
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("http.port", given[1]);
            settings.put("transport.port", given[2]);
            settings.put("network.host", "127.0.0.1");
            settings.put("discovery.type", "single-node");
            settings.putNull("discovery.seed_hosts");
        }).build(OpenSearchRunner.newConfigs()
            .clusterName("studymesh").numOfNode(1).basePath(given[0]).disableESLogger());
        new CountDownLatch(1).await();
    }
}
